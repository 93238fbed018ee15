-- What happened to an issue, in order.
SELECT at, actor, event, text, detail
FROM timeline
WHERE issue = %(issue)s
ORDER BY id
