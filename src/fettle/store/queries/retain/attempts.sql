-- Attempts to log in that count no more.
WITH over AS (
    SELECT id
    FROM log_in_attempt
    WHERE at < %(before)s
    ORDER BY at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM log_in_attempt USING over WHERE log_in_attempt.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
