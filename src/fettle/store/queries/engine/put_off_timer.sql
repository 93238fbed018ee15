-- Handling a timer failed; it is tried again later. One that was set anew meanwhile stays.
UPDATE timer
SET attempts = attempts + 1, error = %(error)s, try_at = %(try_at)s
WHERE id = %(id)s AND done_at IS NULL AND due_at = %(due_at)s
