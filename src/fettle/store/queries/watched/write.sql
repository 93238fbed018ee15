-- Keep what a look came to, unless another one was kept since what it was compared with was read.
INSERT INTO watched (database, firing, missed, looked_at)
VALUES (%(database)s, %(firing)s, %(missed)s, %(looked_at)s)
ON CONFLICT (database) DO UPDATE
SET
    firing = excluded.firing,
    missed = excluded.missed,
    looked_at = excluded.looked_at,
    version = watched.version + 1
WHERE watched.version = %(version)s
RETURNING version
