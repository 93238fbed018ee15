-- Take what is due, to hand it over; nobody else takes it as long as its taker shows life, by the
-- clock of this server. Whoever `judges_until` later than now takes up what the dead have left; who
-- does not cannot know them from those who could not show life while the store was away. What its
-- taker has already and nobody in it is busy with was taken when the store went away, and is taken
-- up again.
--
-- Of an issue a receiver hears one thing after the other: nothing is taken while anything of it is
-- in somebody's hands, and what was said before comes along, though it was put off.
WITH me AS (
    UPDATE worker SET seen_at = clock_timestamp() WHERE id = %(taker)s RETURNING id
),

others AS (
    SELECT DISTINCT o.taken_by AS id
    FROM outbox AS o
    WHERE
        o.state = 'waiting'
        AND o.taken_by <> %(taker)s
        AND (
            coalesce(clock_timestamp() > %(judges_until)s::timestamptz, true)
            OR EXISTS (
                SELECT
                FROM worker AS w
                WHERE
                    w.id = o.taken_by AND w.seen_at >= clock_timestamp() - %(stale)s::interval
            )
        )
),

due AS (
    SELECT o.id, o.issue, o.receiver, o.number
    FROM outbox AS o
    CROSS JOIN me
    WHERE
        o.state = 'waiting'
        AND o.due_at <= %(now)s
        AND o.receiver <> ALL(%(busy)s::text[])
        AND NOT EXISTS (SELECT FROM others WHERE others.id = o.taken_by)
        AND NOT EXISTS (
            SELECT
            FROM outbox AS other
            INNER JOIN others ON others.id = other.taken_by
            WHERE
                other.issue = o.issue AND other.receiver = o.receiver AND other.state = 'waiting'
        )
    ORDER BY o.due_at, o.number
    LIMIT %(limit)s
),

along AS (
    SELECT id FROM due
    UNION
    SELECT before.id
    FROM due
    INNER JOIN outbox AS before
        ON
            before.issue = due.issue
            AND before.receiver = due.receiver
            AND before.state = 'waiting'
            AND before.number < due.number
),

taken AS (
    UPDATE outbox AS o
    SET taken_by = %(taker)s, attempts = o.attempts + 1
    FROM along
    WHERE o.id = along.id AND o.state = 'waiting'
    RETURNING o.id, o.receiver, o.message, o.created_at, o.attempts, o.number
)

SELECT id, receiver, message, created_at, attempts FROM taken ORDER BY number
