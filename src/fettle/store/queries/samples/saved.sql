-- The latest diagnosis of a target, whoever made it.
SELECT id, document
FROM diagnosis
WHERE target = %(target)s
ORDER BY started_at DESC, id DESC
LIMIT 1
