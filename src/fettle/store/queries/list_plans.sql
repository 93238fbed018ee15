SELECT document, created_at, created_by
FROM plan
ORDER BY created_at DESC
LIMIT %(limit)s
