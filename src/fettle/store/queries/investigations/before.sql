-- The latest look of issues at a target.
SELECT DISTINCT ON (i.issue) i.issue, s.id, s.target, s.started_at, s.document, s.plans, s.planned_for
FROM investigation AS i
JOIN snapshot AS s ON s.id = i.snapshot
WHERE i.issue = ANY(%(issues)s) AND i.target = %(target)s AND i.state = 'done'
ORDER BY i.issue, i.id DESC
