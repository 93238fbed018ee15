-- Give back what was taken and not tried; that was no attempt.
UPDATE outbox
SET taken_by = NULL, attempts = attempts - 1
WHERE id = ANY(%(ids)s) AND state = 'waiting' AND taken_by = %(taker)s
