-- Keep a new run; one with the same id is the same run.
INSERT INTO run (id, kind, name, target, input, label, woken_at, created_at)
VALUES (
    %(id)s, %(kind)s, %(name)s, %(target)s, %(input)s, %(label)s, %(now)s, %(now)s
)
ON CONFLICT (id) DO NOTHING
RETURNING id
