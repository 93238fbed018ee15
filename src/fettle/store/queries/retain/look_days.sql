-- Counts of looks of days long ago.
WITH over AS (
    SELECT target, day, status
    FROM look_day
    WHERE day < (%(before)s::timestamptz AT TIME ZONE 'UTC')::date
    ORDER BY day
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM look_day AS d
    USING over
    WHERE d.target = over.target AND d.day = over.day AND d.status = over.status
    RETURNING 1
)

SELECT count(*)::int AS number FROM gone
