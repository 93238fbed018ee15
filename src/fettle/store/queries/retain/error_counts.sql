-- How many errors came in hours of long ago; how many there were of a bug stays.
WITH over AS (
    SELECT key, hour
    FROM error_count
    WHERE hour < %(before)s
    ORDER BY hour
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM error_count AS c USING over
    WHERE c.key = over.key AND c.hour = over.hour
    RETURNING 1
)

SELECT count(*)::int AS number FROM gone
