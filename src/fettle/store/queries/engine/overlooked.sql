-- Queued runs that a worker could take, and of which workers were told long ago: who was told has
-- died, or was busy. Not those whose target another one holds, or waits for longer: they would be
-- refused, and would stand in the way of the one that is not.
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
            SELECT
            FROM run AS other
            WHERE
                other.target = r.target
                AND (
                    other.holds_target
                    OR other.state = 'queued'
                    AND other.name = ANY(%(names)s)
                    AND other.label IS NOT DISTINCT FROM r.label
                    AND (other.created_at, other.id) < (r.created_at, r.id)
                )
        )
    )
ORDER BY r.woken_at, r.created_at, r.id
LIMIT %(limit)s
