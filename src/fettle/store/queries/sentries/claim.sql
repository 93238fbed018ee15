-- A project that is to be read now, for whoever asks first: the next one finds it in a while.
INSERT INTO sentry_reading (sentry, project, due_at)
VALUES (%(sentry)s, %(project)s, %(held_until)s)
ON CONFLICT (sentry, project) DO UPDATE SET due_at = excluded.due_at
WHERE sentry_reading.due_at <= %(now)s
RETURNING began_at, read_to
