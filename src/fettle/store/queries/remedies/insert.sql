-- Keep that a remedy is to be used; no row while it waits or acts for the issue already.
INSERT INTO remedy_attempt (
    id, remedy, kind, known, target, issue, mode, actor, why, created_at, state
)
VALUES (
    %(id)s, %(remedy)s, %(kind)s, %(known)s, %(target)s, %(issue)s, %(mode)s, %(actor)s, %(why)s,
    %(created_at)s, %(state)s
)
ON CONFLICT DO NOTHING
RETURNING id
