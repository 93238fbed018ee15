-- Let a pending timer ring at a moment, if that is earlier.
UPDATE timer
SET due_at = %(due_at)s, try_at = %(due_at)s
WHERE kind = %(kind)s AND subject = %(subject)s AND done_at IS NULL AND due_at > %(due_at)s
