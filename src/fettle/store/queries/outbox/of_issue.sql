-- What was told of an issue, and whether it was taken.
SELECT id, receiver, event, created_at, state, attempts, sent_at, error
FROM outbox
WHERE issue = %(issue)s
ORDER BY created_at, id
