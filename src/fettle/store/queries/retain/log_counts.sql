-- How often templates came in hours long ago.
WITH over AS (
    SELECT template, hour
    FROM log_count
    WHERE hour < %(before)s
    ORDER BY hour
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM log_count AS c
    USING over
    WHERE c.template = over.template AND c.hour = over.hour
    RETURNING 1
)

SELECT count(*)::int AS number FROM gone
