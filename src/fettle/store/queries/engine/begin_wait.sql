-- Keep that the run waits from here on, for a moment or for an event. No row: it is not ours.
WITH held AS (
    SELECT id
    FROM run
    WHERE id = %(run)s AND fence = %(fence)s AND state = 'running'
    FOR UPDATE
)

INSERT INTO step (run, name, number, state, idempotent, fence, wake_at, started_at)
SELECT id, %(name)s, %(number)s, 'waiting', true, %(fence)s, %(wake_at)s, %(now)s
FROM held
ON CONFLICT (run, name) DO UPDATE SET fence = excluded.fence
RETURNING number
