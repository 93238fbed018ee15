-- A run that waits to look at a target.
SELECT id
FROM run
WHERE target = %(target)s AND name = %(name)s AND state = 'queued'
LIMIT 1
