-- A diagnosis, and the one of the same schedule before it, to say what has changed.
SELECT id, target, started_at, schedule, document
FROM diagnosis
WHERE
    target = %(target)s
    AND (%(id)s::bigint IS NULL OR id <= %(id)s)
ORDER BY started_at DESC, id DESC
LIMIT 2
