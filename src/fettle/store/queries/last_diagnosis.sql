SELECT started_at, document
FROM diagnosis
WHERE target = %(target)s
ORDER BY started_at DESC
LIMIT 1
