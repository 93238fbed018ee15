-- Give back what was taken until a moment and not tried; that was no attempt.
UPDATE outbox
SET taken_until = NULL, attempts = attempts - 1
WHERE id = ANY(%(ids)s) AND state = 'waiting' AND taken_until = %(until)s
