-- Take a queued run, unless another one holds its target, or has waited for that longer and could be
-- taken as well. Its fence is raised; the taker shows that it lives, so that nobody takes the run
-- from it at once.
WITH taker AS (
    UPDATE worker SET seen_at = clock_timestamp() WHERE id = %(worker)s
)

UPDATE run
SET
    state = 'running',
    owner = %(worker)s,
    fence = fence + 1,
    attempts = attempts + 1,
    holds_target = target IS NOT NULL,
    wake_at = NULL,
    started_at = coalesce(started_at, %(now)s)
WHERE
    id = %(id)s
    AND state = 'queued'
    AND name = ANY(%(names)s)
    AND (label IS NULL OR label = ANY(%(labels)s))
    AND (
        target IS NULL OR holds_target
        OR NOT EXISTS (
            SELECT
            FROM run AS other
            WHERE
                other.target = run.target
                AND (
                    other.holds_target
                    OR other.state = 'queued'
                    AND other.name = ANY(%(names)s)
                    AND other.label IS NOT DISTINCT FROM run.label
                    AND (other.created_at, other.id) < (run.created_at, run.id)
                )
        )
    )
RETURNING
    id, kind, name, target, input, label, state, fence, owner, attempts, signals, wake_at,
    result, error, created_at, started_at, finished_at, cancel_requested_at
