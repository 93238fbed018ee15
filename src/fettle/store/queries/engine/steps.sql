SELECT
    name, number, state, idempotent, fence, attempts, wake_at, result, error, started_at,
    finished_at
FROM step
WHERE run = %(run)s
ORDER BY number, name
