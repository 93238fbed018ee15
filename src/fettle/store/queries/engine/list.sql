-- The newest runs; of one state, of one kind, or all.
SELECT
    id, kind, name, target, input, label, state, fence, owner, attempts, signals, wake_at,
    result, error, created_at, started_at, finished_at, cancel_requested_at
FROM run
WHERE
    (%(state)s::text IS NULL OR state = %(state)s)
    AND (%(kind)s::text IS NULL OR kind = %(kind)s)
ORDER BY created_at DESC, id
LIMIT %(limit)s
