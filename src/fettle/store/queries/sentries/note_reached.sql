-- Keep that an issue of a project could be read; when the project itself is due stays as it is.
INSERT INTO sentry_reading AS r (sentry, project, due_at, read_at)
VALUES (%(sentry)s, %(project)s, %(now)s, %(now)s)
ON CONFLICT (sentry, project) DO UPDATE SET read_at = excluded.read_at, failure = NULL
