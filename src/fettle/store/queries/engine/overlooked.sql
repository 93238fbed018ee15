-- Queued runs that could go on, of which workers were told long ago: who was told has died, or was
-- busy. Not those that wait for their target, or for a worker with their label.
UPDATE run
SET woken_at = %(now)s
WHERE
    id IN (
        SELECT r.id
        FROM run AS r
        WHERE
            r.state = 'queued'
            AND (r.woken_at <= %(before)s OR r.woken_at > %(now)s)
            AND r.name = ANY(%(names)s)
            AND (
                r.target IS NULL OR r.holds_target
                OR NOT EXISTS (
                    SELECT FROM run AS other WHERE other.target = r.target AND other.holds_target
                )
            )
            AND (
                r.label IS NULL
                OR EXISTS (
                    SELECT
                    FROM worker AS w
                    WHERE
                        r.label = ANY(w.labels)
                        AND w.seen_at >= clock_timestamp() - %(stale)s::interval
                )
            )
        ORDER BY r.woken_at
        LIMIT %(limit)s
        FOR UPDATE OF r SKIP LOCKED
    )
RETURNING id, label
