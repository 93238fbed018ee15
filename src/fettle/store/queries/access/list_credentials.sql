-- The credentials of a kind, those in use first.
SELECT id, kind, name, role, created_at, created_by, used_at, revoked_at, owner
FROM credential
WHERE kind = ANY(%(kinds)s)
ORDER BY revoked_at IS NOT NULL, name, created_at
