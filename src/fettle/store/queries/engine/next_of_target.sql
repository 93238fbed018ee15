-- The run that has waited longest for a target that nobody holds.
UPDATE run
SET woken_at = %(now)s
WHERE
    id = (
        SELECT r.id
        FROM run AS r
        WHERE
            r.target = %(target)s
            AND r.state = 'queued'
            AND NOT EXISTS (
                SELECT FROM run AS other WHERE other.target = r.target AND other.holds_target
            )
        ORDER BY r.created_at, r.id
        LIMIT 1
    )
    AND state = 'queued'
RETURNING id, label
