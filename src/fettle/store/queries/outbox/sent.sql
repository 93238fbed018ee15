-- Say that messages were handed over.
UPDATE outbox
SET state = 'sent', sent_at = %(now)s, taken_by = NULL, error = NULL
WHERE id = ANY(%(ids)s) AND state = 'waiting'
