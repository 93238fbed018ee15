-- Give messages back that were taken too soon; that was no attempt.
UPDATE outbox
SET due_at = %(due_at)s, taken_until = NULL, attempts = attempts - 1
WHERE id = ANY(%(ids)s) AND state = 'waiting'
