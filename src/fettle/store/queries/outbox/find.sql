-- What became of a notification to a receiver.
SELECT
    id,
    receiver,
    state,
    attempts,
    sent_at,
    error
FROM outbox
WHERE id = %(id)s AND receiver = %(receiver)s
