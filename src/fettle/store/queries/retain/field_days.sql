-- Visits of days that are kept no longer.
WITH over AS (
    SELECT page, profile, metric, day
    FROM field_day
    WHERE day < (%(before)s::timestamptz AT TIME ZONE 'UTC')::date
    ORDER BY day
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM field_day AS d USING over AS o
    WHERE
        d.page = o.page
        AND d.profile = o.profile
        AND d.metric = o.metric
        AND d.day = o.day
    RETURNING 1
)

SELECT count(*)::int AS number FROM gone
