-- Keep an issue as it was told; one that is known stays locked until the end.
INSERT INTO sentry_issue (
    sentry, issue, slug, project, short_id, status, first_seen, last_seen, count, hours,
    taken_at, read_at
)
VALUES (
    %(sentry)s, %(issue)s, %(slug)s, %(project)s, %(short_id)s, %(status)s,
    %(first_seen)s, %(last_seen)s, %(count)s, %(hours)s,
    %(now)s, %(now)s
)
ON CONFLICT (sentry, issue) DO UPDATE SET
    short_id = excluded.short_id,
    slug = excluded.slug,
    status = excluded.status,
    first_seen = excluded.first_seen,
    last_seen = excluded.last_seen,
    count = excluded.count,
    hours = excluded.hours,
    read_at = excluded.read_at
RETURNING counted, counted_hours
