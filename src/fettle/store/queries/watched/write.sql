-- Keep what goes on in a target, unless another look was kept since what it was compared with was
-- read. Who changes what goes on without having looked leaves what is known of the latest look.
INSERT INTO watched (
    target, kind, firing, pending, ended, told, missed, looked_at, status, run, "on", away_at
)
VALUES (
    %(target)s, %(kind)s, %(firing)s, %(pending)s, %(ended)s, %(told)s, %(missed)s,
    %(looked_at)s, %(status)s, %(run)s, %(on)s, CASE WHEN %(away)s::boolean THEN %(looked_at)s END
)
ON CONFLICT (target) DO UPDATE
SET
    kind = excluded.kind,
    firing = excluded.firing,
    pending = excluded.pending,
    ended = excluded.ended,
    told = excluded.told,
    missed = excluded.missed,
    looked_at = CASE
        WHEN excluded.status IS NULL THEN watched.looked_at
        ELSE excluded.looked_at
    END,
    status = coalesce(excluded.status, watched.status),
    run = coalesce(excluded.run, watched.run),
    "on" = CASE WHEN excluded.status IS NULL THEN watched."on" ELSE excluded."on" END,
    away_at = CASE
        WHEN %(away)s::boolean IS NULL THEN watched.away_at
        WHEN %(away)s::boolean THEN coalesce(watched.away_at, excluded.away_at)
    END,
    version = watched.version + 1
WHERE watched.version = %(version)s
RETURNING id, version
