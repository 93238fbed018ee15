-- The runs of the engine that wait for a fix: of the step that has had it made, and of the one that is
-- to take it back.
SELECT s.engine_run FROM task_fix AS f
JOIN task_step AS s
    ON s.run = f.run
    AND (s.number = f.number OR s.part = 'undo' AND s.detail = to_jsonb(f.fix_run))
WHERE f.fix_run = %(fix_run)s AND s.engine_run IS NOT NULL
