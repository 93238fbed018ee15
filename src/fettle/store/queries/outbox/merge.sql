-- Say that messages were told in a digest in their place.
UPDATE outbox
SET state = 'merged', taken_until = NULL
WHERE id = ANY(%(ids)s) AND state = 'waiting'
