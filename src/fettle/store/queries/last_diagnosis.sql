SELECT started_at, document
FROM diagnosis
WHERE target = %(target)s AND schedule IS NULL
ORDER BY started_at DESC
LIMIT 1
