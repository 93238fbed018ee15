-- Begin a run. Nothing begins while another run of the same subject is under way, nor a second
-- undoing of the same run.
INSERT INTO fix_run (
    kind, plan, unit, target, subject, actor, undoes, status, started_at, steps, undo
)
VALUES (
    'fix', %(plan)s, %(unit)s, %(target)s, %(subject)s, %(actor)s, %(undoes)s, 'running', now(),
    %(steps)s, %(undo)s
)
ON CONFLICT DO NOTHING
RETURNING id::text, started_at
