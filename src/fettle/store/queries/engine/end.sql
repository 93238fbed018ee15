-- Keep how a run ended, or that it is unsure. No row: it is no longer ours.
UPDATE run
SET
    state = %(state)s,
    owner = NULL,
    holds_target = false,
    wake_at = NULL,
    result = %(result)s,
    error = %(error)s,
    finished_at = CASE WHEN %(state)s <> 'unsure' THEN %(now)s END
WHERE id = %(id)s AND fence = %(fence)s AND state = 'running'
RETURNING id
