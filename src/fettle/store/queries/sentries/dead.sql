-- Why the event that was read of an issue is of no group.
SELECT e.dead
FROM sentry_issue AS i
JOIN error_event AS e ON e.project = i.project AND e.event_id = i.event
WHERE i.sentry = %(sentry)s AND i.issue = %(issue)s AND e.dead IS NOT NULL
