-- Keep for longer what was taken until a moment, but for what somebody else has taken since.
UPDATE outbox
SET taken_until = %(longer)s
WHERE id = ANY(%(ids)s) AND state = 'waiting' AND taken_until = %(until)s
RETURNING id
