-- Answers to an Idempotency-Key that are not given again.
WITH over AS (
    SELECT actor, key
    FROM answered
    WHERE at < %(before)s
    ORDER BY at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM answered AS a USING over WHERE a.actor = over.actor AND a.key = over.key RETURNING 1
)

SELECT count(*)::int AS number FROM gone
