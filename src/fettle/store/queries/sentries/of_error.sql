-- The issues of Sentries that an error's latest events were read from.
SELECT i.sentry, i.issue, i.short_id, i.count,
    CASE WHEN i.missing_at IS NULL THEN i.status ELSE 'not found' END AS status
FROM sentry_issue AS i
JOIN error_group_key AS k ON k.id = i.key
WHERE k.error_group = %(error)s AND i.status <> 'merged'
ORDER BY i.last_seen DESC, i.sentry, i.issue
LIMIT 20
