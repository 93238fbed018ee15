-- Of each target the first of these figures that it has of itself, measured since a moment.
SELECT DISTINCT ON (s.target)
    s.target,
    s.id,
    s.metric,
    s.subject,
    s.latest,
    s.latest_at,
    s.first_at
FROM unnest(%(metrics)s::text[]) WITH ORDINALITY AS m (metric, place)
INNER JOIN series AS s ON m.metric = s.metric
WHERE
    s.target = ANY(%(targets)s::bigint[])
    AND s.subject = ''
    AND s.latest_at >= %(since)s
ORDER BY s.target, m.place
