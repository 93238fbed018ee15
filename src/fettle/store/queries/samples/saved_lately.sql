-- The latest diagnosis of a target on each schedule since a moment, the latest first.
SELECT
    s.schedule,
    s.started_at,
    s.document
FROM (
    SELECT DISTINCT ON (schedule) schedule, started_at, document
    FROM diagnosis
    WHERE
        target = %(target)s
        AND schedule IS NOT NULL
        AND started_at >= %(since)s
    ORDER BY schedule, started_at DESC, id DESC
) AS s
ORDER BY s.started_at DESC
