-- The step that has had a fix made, and the run of the engine that does it.
SELECT f.run, f.number, s.engine_run FROM task_fix AS f
JOIN task_step AS s ON s.run = f.run AND s.number = f.number
WHERE f.fix_run = %(fix_run)s
