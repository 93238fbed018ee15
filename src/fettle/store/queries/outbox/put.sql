-- Keep a message until it is handed over, in the transaction of what it tells of.
INSERT INTO outbox (issue, receiver, event, message, created_at, due_at)
VALUES (%(issue)s, %(receiver)s, %(event)s, %(message)s, %(now)s, %(due_at)s)
RETURNING id
