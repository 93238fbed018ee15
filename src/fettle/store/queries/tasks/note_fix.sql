-- Keep that a step has had a fix made.
INSERT INTO task_fix (fix_run, run, number) VALUES (%(fix_run)s, %(run)s, %(number)s)
ON CONFLICT (fix_run) DO NOTHING
