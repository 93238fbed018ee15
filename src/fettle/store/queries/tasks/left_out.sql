-- The latest planned times since a moment of which nothing came, the latest first.
SELECT task, starts_at, reason
FROM occurrence
WHERE
    run IS NULL AND starts_at >= %(since)s AND starts_at < %(until)s
    AND (%(task)s::text IS NULL OR task = %(task)s)
ORDER BY starts_at DESC, task
LIMIT %(limit)s
