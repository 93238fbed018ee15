-- What happened to an issue, the latest first, before one of its entries where it is given.
SELECT id, at, actor, event, text, detail
FROM timeline
WHERE issue = %(issue)s AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC
LIMIT %(limit)s
