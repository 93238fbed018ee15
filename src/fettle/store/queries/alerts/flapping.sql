-- Alerts that flap, and last began or ended before a moment.
SELECT
    id, source, key, firing, title, severity, service, labels, source_group, times, changes,
    flapping, started_at, ended_at, seen_at, issue, judged, said, told_start
FROM alert
WHERE flapping AND coalesce(changes[cardinality(changes)], seen_at) <= %(before)s
ORDER BY id
LIMIT %(limit)s
FOR UPDATE
