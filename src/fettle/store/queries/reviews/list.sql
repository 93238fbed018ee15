-- Reviews that somebody waits for, or all; those that are due first come first, then the latest.
SELECT
    r.issue, r.state, r.why, r.due_at, r.author, r.signed_by, r.signed_at, r.signed_version,
    r.version, r.changed_at, i.title, i.team, i.priority
FROM review AS r
INNER JOIN issue AS i ON i.number = r.issue
WHERE
    (%(states)s::text[] IS NULL OR r.state = ANY(%(states)s))
    AND (NOT %(asked)s OR r.due_at IS NOT NULL)
    AND (%(team)s::text IS NULL OR i.team = %(team)s)
ORDER BY r.due_at NULLS LAST, r.issue DESC
LIMIT %(limit)s
