-- The projects that are to be read now, for whoever asks first: the next one finds them in a while.
INSERT INTO sentry_reading (sentry, project, due_at)
SELECT n.sentry, n.project, %(held_until)s
FROM unnest(%(sentry)s::text[], %(project)s::text[]) AS n (sentry, project)
ORDER BY n.sentry, n.project
ON CONFLICT (sentry, project) DO UPDATE SET due_at = excluded.due_at
WHERE sentry_reading.due_at <= %(now)s
RETURNING sentry, project, began_at, read_to
