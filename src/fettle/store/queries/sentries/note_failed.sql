-- Keep why a project could not be read; not before a moment it is tried again.
INSERT INTO sentry_reading AS r (sentry, project, due_at, failed_at, failure)
VALUES (%(sentry)s, %(project)s, %(due_at)s, %(now)s, %(failure)s)
ON CONFLICT (sentry, project) DO UPDATE SET
    due_at = greatest(r.due_at, excluded.due_at),
    failed_at = excluded.failed_at,
    failure = excluded.failure
