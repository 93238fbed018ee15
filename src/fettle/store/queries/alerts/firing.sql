-- Alerts that fire, as far as inhibition asks for them: those that have one of these sets of labels,
-- and of whose issue nobody has said that it is over.
SELECT
    a.id, a.source, a.key, a.firing, a.title, a.severity, a.service, a.labels, a.source_group,
    a.times, a.changes, a.flapping, a.started_at, a.ended_at, a.seen_at, a.issue,
    a.judged, a.said, a.told_start
FROM alert AS a
LEFT JOIN issue AS i ON i.number = a.issue
WHERE
    a.firing AND a.labels @> ANY(%(labels)s::jsonb[])
    AND i.ended_at IS NULL AND coalesce(i.status NOT IN ('resolved', 'in-review'), true)
ORDER BY a.id DESC
LIMIT %(limit)s
