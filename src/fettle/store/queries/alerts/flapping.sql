-- Alerts that flap.
SELECT
    id, source, key, firing, title, severity, service, labels, source_group, times, changes,
    flapping, started_at, ended_at, seen_at, issue
FROM alert
WHERE flapping
ORDER BY id
LIMIT %(limit)s
FOR UPDATE
