-- A timer was handled, unless its handler has set it anew.
UPDATE timer
SET done_at = %(now)s, error = NULL
WHERE id = %(id)s AND due_at = %(due_at)s
