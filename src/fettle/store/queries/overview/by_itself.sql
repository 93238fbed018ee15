-- What Fettle did by itself, the latest first.
SELECT issue, at, event, text
FROM timeline
WHERE actor = 'fettle'
ORDER BY id DESC
LIMIT %(limit)s
