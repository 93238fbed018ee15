-- Give the runs of workers that show no life back to the queue; what they still do counts no more.
-- Whoever does it has not shown any either for too long, after `until`.
UPDATE run
SET state = 'queued', owner = NULL, fence = fence + 1, woken_at = %(now)s
WHERE
    id IN (
        SELECT r.id
        FROM run AS r
        WHERE
            r.state = 'running'
            AND clock_timestamp() <= %(until)s
            AND NOT EXISTS (
                SELECT
                FROM worker AS w
                WHERE w.id = r.owner AND w.seen_at >= clock_timestamp() - %(stale)s::interval
            )
        FOR UPDATE OF r SKIP LOCKED
    )
RETURNING id, label
