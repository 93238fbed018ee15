-- The runs that have not ended, the earliest first.
SELECT id, number, task, targets, state, waits_for, says, created_at, ends_at FROM task_run
WHERE state IN ('running', 'waiting')
ORDER BY number
