-- Reviews that are overdue and of which people were not told lately; nobody else tells them meanwhile.
SELECT r.issue, r.due_at, i.title, i.team
FROM review AS r
INNER JOIN issue AS i ON i.number = r.issue
WHERE
    r.due_at <= %(now)s
    AND r.state IN ('draft', 'in-review')
    AND (r.told_at IS NULL OR r.told_at <= %(told_before)s)
ORDER BY r.due_at, r.issue
LIMIT %(limit)s
FOR UPDATE OF r SKIP LOCKED
