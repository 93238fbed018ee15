-- What happened to issues, in order, as far as it is of some kinds.
SELECT issue, at, actor, event, text, detail
FROM timeline
WHERE issue = ANY(%(issues)s) AND event = ANY(%(events)s)
ORDER BY issue, id
