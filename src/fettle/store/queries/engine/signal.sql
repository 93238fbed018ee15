-- Tell a run of an event; one that waits goes on. The run's row is locked first: a run that is just
-- about to wait sees that it was told. No row: there is no such run, or it has ended.
WITH told AS (
    UPDATE run
    SET
        signals = signals + 1,
        state = CASE state WHEN 'waiting' THEN 'queued' ELSE state END,
        woken_at = CASE state WHEN 'waiting' THEN %(now)s ELSE woken_at END
    WHERE id = %(run)s AND state NOT IN ('done', 'failed', 'cancelled')
    RETURNING id, state, label
),

kept AS (
    INSERT INTO run_event (run, key, payload, at)
    SELECT id, %(key)s, %(payload)s, %(now)s FROM told
)

SELECT state = 'queued' AS queued, label FROM told
