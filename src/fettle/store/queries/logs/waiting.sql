-- The oldest of what waits to be taken.
SELECT id, source, at, late, lines, kinds
FROM log_batch
WHERE dead IS NULL
ORDER BY id
LIMIT %(limit)s
