-- Issues that are to be read once more, for whoever asks first: those that a remedy is tried for,
-- and those of a Sentry that is followed that an issue is open for. What was not found is asked for
-- seldom.
UPDATE sentry_issue AS i
SET read_at = %(now)s
FROM (
    SELECT s.sentry, s.issue
    FROM sentry_issue AS s
    JOIN error_group_key AS k ON k.id = s.key
    JOIN alert AS a ON a.source = 'errors' AND a.key = k.error_group::text
    JOIN issue AS t ON t.number = a.issue
    WHERE
        s.sentry = ANY(%(sentries)s) AND s.status <> 'merged'
        AND (s.missing_at IS NULL OR s.missing_at <= %(missing_before)s)
        AND (
            (
                s.read_at <= %(watched_before)s
                AND EXISTS (
                    SELECT FROM remedy_attempt AS w
                    WHERE w.issue = a.issue AND w.state IN ('acting', 'watching')
                )
            )
            OR (
                s.sentry = ANY(%(followed)s) AND s.read_at <= %(followed_before)s
                AND t.status NOT IN ('resolved', 'in-review', 'closed', 'merged', 'declined')
            )
        )
    ORDER BY s.read_at
    LIMIT %(limit)s
    FOR UPDATE OF s SKIP LOCKED
) AS due
WHERE (i.sentry, i.issue) = (due.sentry, due.issue)
RETURNING i.sentry, i.issue, i.slug
