-- Let a run wait: nobody has it. If an event or a wish to cancel came since it looked, it goes on
-- at once. While it pauses before another attempt it keeps its target.
UPDATE run
SET
    state = CASE
        WHEN signals = %(signals)s AND cancel_requested_at IS NULL THEN 'waiting' ELSE 'queued'
    END,
    owner = NULL,
    wake_at = %(wake_at)s,
    woken_at = %(now)s,
    attempts = 0,
    holds_target = holds_target AND %(keeps_target)s
WHERE id = %(id)s AND fence = %(fence)s AND state = 'running'
RETURNING state
