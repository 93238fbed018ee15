-- What became of planned times of a stretch, in the order of their starts.
SELECT o.task, o.local, o.starts_at, o.run, o.reason, o.settled_at, r.number, r.state
FROM occurrence AS o
LEFT JOIN task_run AS r ON r.id = o.run
WHERE
    o.starts_at >= %(start)s AND o.starts_at < %(end)s
    AND (%(tasks)s::text[] IS NULL OR o.task = ANY(%(tasks)s))
ORDER BY o.starts_at, o.task
LIMIT %(limit)s
