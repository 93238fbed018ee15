-- Nothing is inserted while another run of the same subject is under way.
INSERT INTO fix_run (kind, plan, unit, target, subject, actor, undoes, undo)
VALUES ('fix', %(plan)s, %(unit)s, %(target)s, %(subject)s, %(actor)s, %(undoes)s, %(undo)s)
ON CONFLICT (target, subject) WHERE status = 'running' DO NOTHING
RETURNING id::text, started_at
