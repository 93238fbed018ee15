-- Keep that an attempt at a step begins. No row: the run is no longer ours. Nothing begins once the
-- run is to be cancelled. Said twice with one fence it is the same attempt.
WITH held AS (
    SELECT id, cancel_requested_at
    FROM run
    WHERE id = %(run)s AND fence = %(fence)s AND state = 'running'
    FOR UPDATE
),

begun AS (
    INSERT INTO step (run, name, number, state, idempotent, fence, attempts, started_at)
    SELECT
        id, %(name)s, %(number)s, 'running', %(idempotent)s, %(fence)s, %(attempt)s, %(now)s
    FROM held
    WHERE cancel_requested_at IS NULL
    ON CONFLICT (run, name) DO UPDATE
    SET
        state = 'running',
        idempotent = excluded.idempotent,
        fence = excluded.fence,
        attempts = excluded.attempts,
        wake_at = NULL
)

SELECT cancel_requested_at IS NOT NULL AS cancelled FROM held
