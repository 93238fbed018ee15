SELECT
    id, kind, name, target, input, label, state, fence, owner, attempts, signals, wake_at,
    result, error, created_at, started_at, finished_at, cancel_requested_at
FROM run
WHERE id = %(id)s
