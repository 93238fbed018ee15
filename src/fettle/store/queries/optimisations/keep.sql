-- A run as it stands: when it begins, which is before anything is touched, and when it has ended.
INSERT INTO optimisation (id, root, machine, actor, status, started_at, ended_at, document)
VALUES (
    %(id)s, %(root)s, %(machine)s, %(actor)s, %(status)s, %(started_at)s, %(ended_at)s, %(document)s
)
ON CONFLICT (id) DO UPDATE
SET status = excluded.status, ended_at = excluded.ended_at, document = excluded.document
