-- What showed at last that the trouble of an issue was over.
SELECT at, actor, event, text, detail
FROM timeline
WHERE issue = %(issue)s AND event = 'resolved'
ORDER BY id DESC
LIMIT 1
