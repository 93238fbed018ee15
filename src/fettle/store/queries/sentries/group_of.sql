-- The group that an issue of a Sentry is of here.
SELECT k.error_group
FROM sentry_issue AS i
JOIN error_group_key AS k ON k.id = i.key
WHERE i.sentry = %(sentry)s AND i.issue = %(issue)s
