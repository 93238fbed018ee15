SELECT
    id, name, period, grace, severity, service, state, seen_at, started_at, started_run,
    created_by, created_at
FROM heartbeat
WHERE %(after)s::text IS NULL OR name > %(after)s
ORDER BY name
LIMIT %(limit)s
