-- Take the messages that are due, for as long as a sender needs; nobody else takes them meanwhile.
-- Those of a sender that died come again, with the same id. Those for receivers that are being told
-- just now wait for their turn, and so does what is told of an issue after what is being told of it.
WITH due AS (
    SELECT o.id
    FROM outbox AS o
    WHERE
        o.state = 'waiting'
        AND o.due_at <= %(now)s
        AND o.receiver <> ALL(%(busy)s::text[])
        AND (o.taken_until IS NULL OR o.taken_until <= %(now)s)
        AND NOT EXISTS (
            SELECT
            FROM outbox AS before
            WHERE
                before.issue = o.issue
                AND before.receiver = o.receiver
                AND before.state = 'waiting'
                AND before.taken_until > %(now)s
        )
    ORDER BY o.due_at, o.id
    LIMIT %(limit)s
    FOR UPDATE OF o SKIP LOCKED
)

UPDATE outbox AS o
SET taken_until = %(now)s + %(lease)s, attempts = o.attempts + 1
FROM due
WHERE o.id = due.id
RETURNING o.id, o.receiver, o.message, o.created_at, o.attempts
