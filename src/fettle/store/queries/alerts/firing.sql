-- Alerts that fire, as far as inhibition needs to know them.
SELECT
    id, source, key, firing, title, severity, service, labels, source_group, times, changes,
    flapping, started_at, ended_at, seen_at, issue
FROM alert
WHERE firing
ORDER BY id
LIMIT %(limit)s
