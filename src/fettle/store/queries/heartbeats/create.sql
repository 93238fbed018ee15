-- Make a heartbeat; nothing when one of that name is there.
INSERT INTO heartbeat (name, period, grace, severity, service, created_by)
VALUES (%(name)s, %(period)s, %(grace)s, %(severity)s, %(service)s, %(created_by)s)
ON CONFLICT (name) DO NOTHING
RETURNING
    id, name, period, grace, severity, service, state, seen_at, started_at, started_run,
    created_by, created_at
