-- One heartbeat, locked until the transaction ends.
SELECT
    id, name, period, grace, severity, service, state, seen_at, started_at, started_run,
    created_by, created_at
FROM heartbeat
WHERE id = %(id)s
FOR UPDATE
