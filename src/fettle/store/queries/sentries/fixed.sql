-- Issues that are open there and fixed here, for whoever asks first: somebody said so, or a remedy
-- was seen to help and nothing came since.
UPDATE sentry_issue AS i
SET told_at = %(now)s
FROM (
    SELECT s.sentry, s.issue, g.resolution ->> 'by' AS by
    FROM sentry_issue AS s
    JOIN error_group_key AS k ON k.id = s.key
    JOIN error_group AS g ON g.id = k.error_group
    WHERE
        s.sentry = ANY(%(sentries)s) AND s.status = 'unresolved'
        AND (s.missing_at IS NULL OR s.missing_at <= %(missing_before)s)
        AND (s.told_at IS NULL OR s.told_at <= %(told_before)s)
        AND (
            (
                g.state = 'resolved'
                AND (
                    g.resolution ->> 'by' = 'next-release'
                    OR (
                        g.resolution ->> 'by' = 'now'
                        AND s.last_seen <= (g.resolution ->> 'at')::timestamptz
                    )
                )
            )
            OR EXISTS (
                SELECT FROM alert AS a
                JOIN remedy_attempt AS w ON w.issue = a.issue
                WHERE
                    a.source = 'errors' AND a.key = g.id::text
                    AND w.outcome = 'resolved' AND w.ended_at > greatest(g.last_seen, s.last_seen)
            )
        )
    ORDER BY s.sentry, s.issue
    LIMIT %(limit)s
    FOR UPDATE OF s SKIP LOCKED
) AS due
WHERE (i.sentry, i.issue) = (due.sentry, due.issue)
RETURNING i.sentry, i.issue, i.slug, due.by
