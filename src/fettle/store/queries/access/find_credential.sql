-- The credential with this hash that is in use, with the project whose errors it sends. Its last use
-- is noted once a minute at most. What is of somebody who is disabled is said to be.
WITH found AS (
    SELECT id, kind, name, role, used_at, project, owner
    FROM credential
    WHERE hash = %(hash)s AND revoked_at IS NULL
),

noted AS (
    UPDATE credential
    SET used_at = now()
    FROM found
    WHERE
        credential.id = found.id
        AND (found.used_at IS NULL OR found.used_at < now() - interval '1 minute')
)

SELECT
    found.id, found.kind, found.name, found.role, found.project, found.owner, p.number,
    u.name IS NOT NULL AS shut_out
FROM found
LEFT JOIN fettle_user AS u ON u.name = found.owner AND u.disabled_at IS NOT NULL
LEFT JOIN error_project AS p ON p.id = found.project
