-- The oldest of what waits to be taken.
SELECT id, source, at, late, lines, kinds
FROM log_batch
ORDER BY id
LIMIT %(limit)s
