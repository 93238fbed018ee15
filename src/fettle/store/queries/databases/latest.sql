-- The latest diagnosis of each database, whoever made it.
SELECT DISTINCT ON (target) id, target, started_at, schedule, document
FROM diagnosis
WHERE kind = 'database'
ORDER BY target, started_at DESC, id DESC
