-- Ask a run to end; one that nobody has ends at once. Unless a step of it was cut off that must not
-- be: who takes the run next leaves it to a person. No row: there is no such run, or it has ended.
WITH asked AS (
    SELECT
        r.id,
        r.target,
        r.state IN ('waiting', 'unsure')
        OR r.state = 'queued' AND NOT EXISTS (
            SELECT FROM step AS s WHERE s.run = r.id AND s.state = 'running' AND NOT s.idempotent
        ) AS ends
    FROM run AS r
    WHERE r.id = %(id)s AND r.state NOT IN ('done', 'failed', 'cancelled')
    FOR UPDATE
)

UPDATE run
SET
    cancel_requested_at = coalesce(cancel_requested_at, %(now)s),
    state = CASE WHEN asked.ends THEN 'cancelled' ELSE state END,
    holds_target = holds_target AND NOT asked.ends,
    wake_at = CASE WHEN asked.ends THEN NULL ELSE wake_at END,
    finished_at = CASE WHEN asked.ends THEN %(now)s::timestamptz END
FROM asked
WHERE run.id = asked.id
RETURNING asked.ends, asked.target
