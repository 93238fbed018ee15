-- Make a user; no row when that name is taken.
INSERT INTO fettle_user (name, role, created_at, created_by)
VALUES (%(name)s, %(role)s, %(now)s, %(created_by)s)
ON CONFLICT (name) DO NOTHING
RETURNING id
