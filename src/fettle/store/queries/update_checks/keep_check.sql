INSERT INTO update_check (id, at, actor, security, regular, open, new, whole, sources, locks)
VALUES (
    %(id)s, %(at)s, %(actor)s, %(security)s, %(regular)s, %(open)s, %(new)s, %(whole)s, %(sources)s,
    %(locks)s
)
ON CONFLICT DO NOTHING
