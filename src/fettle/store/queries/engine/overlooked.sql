-- Queued runs that a worker could take, and of which workers were told long ago: who was told has
-- died, or was busy. Not those whose target another one holds.
SELECT r.id
FROM run AS r
WHERE
    r.state = 'queued'
    AND (r.woken_at <= %(before)s OR r.woken_at > %(now)s)
    AND r.name = ANY(%(names)s)
    AND (r.label IS NULL OR r.label = ANY(%(labels)s))
    AND (
        r.target IS NULL OR r.holds_target
        OR NOT EXISTS (
            SELECT FROM run AS other WHERE other.target = r.target AND other.holds_target
        )
    )
ORDER BY r.woken_at, r.created_at, r.id
LIMIT %(limit)s
