-- The issues of Sentries that an error's latest events were read from.
SELECT i.sentry, i.issue, i.short_id, i.status, i.count
FROM sentry_issue AS i
JOIN error_group_key AS k ON k.id = i.key
WHERE k.error_group = %(error)s AND i.status <> 'gone'
ORDER BY i.last_seen DESC, i.sentry, i.issue
LIMIT 20
