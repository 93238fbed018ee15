-- The latest report of a task from before a run, by a step of the same name.
SELECT r.number, s.report
FROM task_step AS s
JOIN task_run AS r ON r.id = s.run
WHERE r.task = %(task)s AND r.number < %(number)s AND s.name = %(step)s AND s.report IS NOT NULL
ORDER BY r.number DESC
LIMIT 1
