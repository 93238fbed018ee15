INSERT INTO rehearsal (
    id, machine, project, path, base, wanted, actor, isolation, without_tests, started_at
)
VALUES (
    %(id)s, %(machine)s, %(project)s, %(path)s, %(base)s, %(wanted)s, %(actor)s, %(isolation)s,
    %(without_tests)s, %(now)s
)
RETURNING number
