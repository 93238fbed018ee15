-- Take the messages that are due, for as long as a sender needs; nobody else takes them meanwhile.
-- Those of a sender that died come again, with the same id. Those for receivers that are being told
-- just now wait for their turn.
WITH due AS (
    SELECT id
    FROM outbox
    WHERE
        state = 'waiting'
        AND due_at <= %(now)s
        AND receiver <> ALL(%(busy)s::text[])
        AND (taken_until IS NULL OR taken_until <= %(now)s)
    ORDER BY due_at, id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)

UPDATE outbox AS o
SET taken_until = %(now)s + %(lease)s, attempts = o.attempts + 1
FROM due
WHERE o.id = due.id
RETURNING o.id, o.receiver, o.message, o.created_at, o.attempts
