-- Give messages back that were taken too soon; that was no attempt. They come together with what their
-- receiver is told next, where that is sooner.
UPDATE outbox AS o
SET
    due_at = least(
        %(due_at)s,
        (
            SELECT min(next.due_at)
            FROM outbox AS next
            WHERE
                next.state = 'waiting'
                AND next.receiver = o.receiver
                AND next.due_at > %(now)s
                AND next.taken_by IS NULL
        )
    ),
    taken_by = NULL,
    attempts = o.attempts - 1
WHERE o.id = ANY(%(ids)s) AND o.state = 'waiting' AND o.taken_by = %(taker)s
