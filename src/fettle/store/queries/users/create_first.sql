-- Make a user where there is none at all; no row otherwise.
INSERT INTO fettle_user (name, role, created_at, created_by)
SELECT
    %(name)s,
    %(role)s,
    %(now)s,
    %(created_by)s
WHERE NOT EXISTS (SELECT FROM fettle_user)
ON CONFLICT (name) DO NOTHING
RETURNING id
