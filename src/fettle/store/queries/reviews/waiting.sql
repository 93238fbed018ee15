-- Reviews that somebody waits for, of issues that are over: those that are due first come first.
SELECT
    r.issue, r.state, r.why, r.due_at, r.author, r.signed_by, r.signed_at, r.signed_version,
    r.version, r.changed_at, i.title, i.team, i.priority
FROM review AS r
INNER JOIN issue AS i ON i.number = r.issue
WHERE
    r.state IN ('draft', 'in-review')
    AND i.status IN ('resolved', 'in-review')
    AND (%(team)s::text IS NULL OR i.team = %(team)s)
ORDER BY r.due_at NULLS LAST, r.issue DESC
LIMIT %(limit)s
