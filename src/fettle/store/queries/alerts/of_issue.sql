-- The alerts of an issue, those that go on first.
SELECT
    id, source, key, firing, title, severity, service, labels, source_group, times, changes,
    flapping, started_at, ended_at, seen_at, issue, judged, said
FROM alert
WHERE issue = %(issue)s
ORDER BY firing DESC, id
LIMIT %(limit)s
