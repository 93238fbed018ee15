-- Keep a credential by its hash; no row when another of that kind and name is in use.
INSERT INTO credential (kind, name, hash, role, created_by, owner, project)
VALUES (
    %(kind)s, %(name)s, %(hash)s, %(role)s, %(created_by)s, %(owner)s, %(project)s
)
ON CONFLICT (kind, name) WHERE revoked_at IS NULL DO NOTHING
RETURNING id
