-- Keep how a step ended, or that it will be tried again. No row: the run is no longer ours, and
-- nothing was recorded. A run that gets further has all its attempts again.
WITH held AS (
    UPDATE run
    SET attempts = 0
    WHERE id = %(run)s AND fence = %(fence)s AND state = 'running'
    RETURNING id
)

UPDATE step
SET
    state = %(state)s,
    result = %(result)s,
    error = %(error)s,
    wake_at = %(wake_at)s,
    finished_at = CASE WHEN %(state)s IN ('done', 'failed') THEN %(now)s END
FROM held
WHERE step.run = held.id AND step.name = %(name)s AND step.fence = %(fence)s
RETURNING step.number
