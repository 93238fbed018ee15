-- Keep that a run was asked for; a worker begins it. A run is taken back by one at a time.
INSERT INTO fix_run (
    id, kind, plan, unit, target, subject, actor, undoes, status, created_at
)
VALUES (
    %(id)s, 'fix', %(plan)s, %(unit)s, %(target)s, %(subject)s, %(actor)s, %(undoes)s, 'queued',
    %(now)s
)
ON CONFLICT DO NOTHING
RETURNING id
