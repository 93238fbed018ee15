-- The credentials of a kind, those in use first.
SELECT
    c.id, c.kind, c.name, c.role, c.created_at, c.created_by, c.used_at, c.revoked_at, c.owner,
    c.project, p.number
FROM credential AS c
LEFT JOIN error_project AS p ON p.id = c.project
WHERE c.kind = ANY(%(kinds)s)
ORDER BY c.revoked_at IS NOT NULL, c.name, c.created_at
