-- Keep a new run.
INSERT INTO task_run (
    id, task, name, category, automation, local, starts_at, cutoff_at, ends_at, asked_by, reason,
    targets, procedure, state, approved_upto, approved_by, estimated_s, created_at
) VALUES (
    %(id)s, %(task)s, %(name)s, %(category)s, %(automation)s, %(local)s, %(starts_at)s,
    %(cutoff_at)s, %(ends_at)s, %(asked_by)s, %(reason)s, %(targets)s, %(procedure)s, 'running',
    %(approved_upto)s, %(approved_by)s, %(estimated_s)s, %(now)s
)
RETURNING number
