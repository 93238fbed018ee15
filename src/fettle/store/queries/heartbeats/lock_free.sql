-- One heartbeat, locked until the transaction ends; nothing while somebody else has it.
SELECT
    id, name, period, grace, severity, service, state, seen_at, started_at, started_run,
    created_by, created_at
FROM heartbeat
WHERE id = %(id)s
FOR UPDATE SKIP LOCKED
