-- A person has said how an unsure run goes on. No row: it is not unsure.
WITH held AS (
    UPDATE run
    SET state = 'queued', fence = fence + 1, woken_at = %(now)s, error = NULL, attempts = 0
    WHERE id = %(id)s AND state = 'unsure'
    RETURNING id, label
),

settled AS (
    UPDATE step
    SET
        state = %(state)s,
        error = %(error)s,
        wake_at = %(now)s,
        finished_at = CASE WHEN %(state)s <> 'retrying' THEN %(now)s::timestamptz END
    FROM held
    WHERE step.run = held.id AND step.state = 'running'
)

SELECT label FROM held
