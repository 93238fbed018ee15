-- A person approves a planned time before it comes, with what it would do now.
INSERT INTO task_approval (task, local, procedure, by, at)
VALUES (%(task)s, %(local)s, %(procedure)s, %(by)s, %(now)s)
ON CONFLICT (task, local)
DO UPDATE SET procedure = excluded.procedure, by = excluded.by, at = excluded.at
