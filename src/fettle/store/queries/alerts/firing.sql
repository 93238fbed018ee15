-- Alerts that fire, as far as inhibition asks for them: those that have one of these sets of labels.
SELECT
    id, source, key, firing, title, severity, service, labels, source_group, times, changes,
    flapping, started_at, ended_at, seen_at, issue
FROM alert
WHERE firing AND labels @> ANY(%(labels)s::jsonb[])
ORDER BY id DESC
LIMIT %(limit)s
