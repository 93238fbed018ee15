-- Deploys of long ago.
WITH over AS (
    SELECT id
    FROM deploy
    WHERE at < %(before)s
    ORDER BY id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM deploy USING over WHERE deploy.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
