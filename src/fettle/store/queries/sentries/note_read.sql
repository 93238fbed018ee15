-- Keep how far a project was read, and when it is read again; what failed meanwhile stays said.
INSERT INTO sentry_reading AS r (sentry, project, due_at, began_at, read_to, read_at)
VALUES (%(sentry)s, %(project)s, %(due_at)s, %(read_to)s, %(read_to)s, %(now)s)
ON CONFLICT (sentry, project) DO UPDATE SET
    due_at = excluded.due_at,
    began_at = coalesce(r.began_at, excluded.began_at),
    read_to = greatest(r.read_to, excluded.read_to),
    read_at = excluded.read_at,
    failure = NULL
