-- Keep messages until they are handed over, in the transaction of what they tell of.
INSERT INTO outbox (issue, receiver, event, message, created_at, due_at)
SELECT m.issue, m.receiver, m.event, m.message, %(now)s, m.due_at
FROM jsonb_to_recordset(%(messages)s) AS m (
    issue bigint, receiver text, event text, message jsonb, due_at timestamptz, place int
)
ORDER BY m.place
RETURNING id
