DELETE FROM timer
WHERE kind = %(kind)s AND subject = %(subject)s AND done_at IS NULL
RETURNING id
