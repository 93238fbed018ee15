-- Read alerts that are about to be changed.
SELECT
    a.id, a.source, a.key, a.firing, a.title, a.severity, a.service, a.labels, a.source_group,
    a.times, a.changes, a.flapping, a.started_at, a.ended_at, a.seen_at, a.issue,
    a.judged, a.said, a.told_start
FROM alert AS a
JOIN unnest(%(sources)s::text[], %(keys)s::text[]) AS k (source, key)
    ON a.source = k.source AND a.key = k.key
ORDER BY a.id
FOR UPDATE OF a
