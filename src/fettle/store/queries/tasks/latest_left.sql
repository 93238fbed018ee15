-- What a step of that name left last, in any run of a task.
SELECT s.detail
FROM task_run AS r
JOIN task_step AS s ON s.run = r.id AND s.name = %(step)s AND s.detail IS NOT NULL
WHERE r.task = %(task)s
ORDER BY r.number DESC
LIMIT 1
