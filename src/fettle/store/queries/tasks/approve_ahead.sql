-- A person approves a planned time before it comes.
INSERT INTO task_approval (task, local, by, at) VALUES (%(task)s, %(local)s, %(by)s, %(now)s)
ON CONFLICT (task, local) DO UPDATE SET by = excluded.by, at = excluded.at
