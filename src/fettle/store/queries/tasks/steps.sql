-- The steps of runs, in their order.
SELECT * FROM task_step WHERE run = ANY(%(runs)s) ORDER BY run, number
