-- Say that a message was not taken: it is tried again then, or given up where no time is given.
UPDATE outbox
SET
    state = CASE WHEN %(again_at)s::timestamptz IS NULL THEN 'failed' ELSE 'waiting' END,
    due_at = coalesce(%(again_at)s, due_at),
    taken_by = NULL,
    error = %(error)s
WHERE id = %(id)s AND state = 'waiting' AND taken_by = %(taker)s
