-- Issues of which more was told than is counted, and the key and the group that they are of. Nobody
-- else counts them, and nobody moves the key, before the end.
SELECT
    i.sentry, i.issue, i.first_seen, i.last_seen, i.count, i.hours, i.counted, i.counted_hours,
    i.key, k.error_group, p.name AS application
FROM sentry_issue AS i
JOIN error_group_key AS k ON k.id = i.key
JOIN error_project AS p ON p.id = i.project
WHERE i.count <> i.counted
ORDER BY i.sentry, i.issue
LIMIT %(limit)s
FOR UPDATE OF i SKIP LOCKED
