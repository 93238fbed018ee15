-- The group that an issue of a Sentry is of here.
SELECT k.error_group
FROM sentry_issue AS i
LEFT JOIN error_event AS e ON e.project = i.project AND e.event_id = i.event
JOIN error_group_key AS k ON k.id = coalesce(i.key, e.key)
WHERE i.sentry = %(sentry)s AND i.issue = %(issue)s
