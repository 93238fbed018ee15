-- The figures of all of targets (and not of parts of them), `most` of each at most.
SELECT w.target, s.id, s.metric
FROM watched AS w
CROSS JOIN LATERAL (
    SELECT id, metric
    FROM series
    WHERE series.target = w.id AND subject = '' AND latest_at > %(since)s
    ORDER BY metric
    LIMIT %(most)s
) AS s
WHERE w.target = ANY(%(names)s::text[])
