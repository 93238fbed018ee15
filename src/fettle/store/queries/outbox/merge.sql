-- Say that messages were told in another one, in their place.
UPDATE outbox
SET state = 'merged', taken_by = NULL
WHERE id = ANY(%(ids)s) AND state = 'waiting'
