-- A timer's handler asks for a moment more. One that was set anew meanwhile stays.
UPDATE timer
SET try_at = %(try_at)s
WHERE id = %(id)s AND done_at IS NULL AND due_at = %(due_at)s
