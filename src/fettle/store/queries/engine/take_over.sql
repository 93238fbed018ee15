-- Give the runs of workers that show no life back to the queue; what they still do counts no more.
UPDATE run
SET state = 'queued', owner = NULL, fence = fence + 1, woken_at = %(now)s
WHERE
    id IN (
        SELECT r.id
        FROM run AS r
        WHERE
            r.state = 'running'
            AND NOT EXISTS (
                SELECT
                FROM worker AS w
                WHERE w.id = r.owner AND w.seen_at >= clock_timestamp() - %(stale)s::interval
            )
        FOR UPDATE OF r SKIP LOCKED
    )
RETURNING id, label
