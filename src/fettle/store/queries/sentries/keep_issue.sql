-- Keep an issue as it was told; one that is known stays locked until the end. No row where what is
-- kept is newer: of two that read at once the slower one does not take anything back.
INSERT INTO sentry_issue AS i (
    sentry, issue, slug, project, short_id, status, first_seen, last_seen, count, hours,
    taken_at, read_at
)
VALUES (
    %(sentry)s, %(issue)s, %(slug)s, %(project)s, %(short_id)s, %(status)s,
    %(first_seen)s, %(last_seen)s, %(count)s, %(hours)s,
    %(now)s, %(asked_at)s
)
ON CONFLICT (sentry, issue) DO UPDATE SET
    short_id = excluded.short_id,
    slug = excluded.slug,
    status = excluded.status,
    status_before = i.status,
    first_seen = excluded.first_seen,
    last_seen = excluded.last_seen,
    count = excluded.count,
    hours = excluded.hours,
    read_at = greatest(i.read_at, excluded.read_at),
    missing_at = NULL
WHERE
    excluded.last_seen > i.last_seen
    OR (excluded.last_seen = i.last_seen AND i.read_at <= excluded.read_at)
RETURNING status_before, counted, counted_hours
