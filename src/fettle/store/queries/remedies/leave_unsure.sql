-- End what was begun, or was to be, and whose run goes on no more: each worker has died of it, or it
-- was cancelled. What had not acted has done nothing.
UPDATE remedy_attempt AS a
SET
    state = 'ended',
    outcome = CASE WHEN a.state = 'queued' THEN 'refused' ELSE 'unsure' END,
    ended_at = %(now)s,
    reason = 'its run has ended in the middle'
WHERE
    a.state IN ('queued', 'acting', 'watching')
    AND NOT EXISTS (
        SELECT FROM run AS r
        WHERE r.id = a.id AND r.state NOT IN ('done', 'failed', 'cancelled', 'unsure')
    )
