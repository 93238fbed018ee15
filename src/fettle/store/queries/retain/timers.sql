-- Timers that rang.
WITH over AS (
    SELECT id
    FROM timer
    WHERE done_at < %(before)s
    ORDER BY done_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM timer USING over WHERE timer.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
