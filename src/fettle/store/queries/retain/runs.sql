-- Runs that ended, with their steps and what they were told.
WITH over AS (
    SELECT id
    FROM run
    WHERE finished_at < %(before)s
    ORDER BY finished_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM run USING over WHERE run.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
