-- The issues of Sentries that alerts and an issue are about; those too that were not found last:
-- whoever asks for them has to hear that nothing is known.
SELECT s.sentry, s.issue, s.slug
FROM alert AS a
JOIN error_group_key AS k
    ON k.error_group
    = CASE WHEN a.source = 'errors' AND a.key ~ '^[0-9]{1,18}$' THEN a.key::bigint END
JOIN sentry_issue AS s ON s.key = k.id
WHERE (a.id = ANY(%(watched)s) OR a.issue = %(issue)s) AND s.status <> 'merged'
ORDER BY s.last_seen DESC
LIMIT %(limit)s
