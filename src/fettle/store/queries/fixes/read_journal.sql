SELECT at, event, detail
FROM journal
WHERE run = %(run)s
ORDER BY number
