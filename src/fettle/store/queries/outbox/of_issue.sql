-- What was told of an issue at last, and whether it was taken; in the order in which it was said.
SELECT id, receiver, event, created_at, state, attempts, sent_at, error
FROM (
    SELECT id, receiver, event, created_at, state, attempts, sent_at, error, number
    FROM outbox
    WHERE issue = %(issue)s
    ORDER BY number DESC
    LIMIT %(limit)s
) AS latest
ORDER BY number
