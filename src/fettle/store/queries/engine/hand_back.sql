-- Give a run back to the queue; whoever takes it goes on behind its last finished step.
UPDATE run
SET state = 'queued', owner = NULL, woken_at = %(now)s, attempts = greatest(attempts - %(forgiven)s, 0)
WHERE id = %(id)s AND fence = %(fence)s AND state = 'running'
RETURNING label
