-- The runs that have waited longest for a target that nobody holds: one for each label, for who
-- carries it may not be there.
UPDATE run
SET woken_at = %(now)s
WHERE
    id IN (
        SELECT DISTINCT ON (r.label) r.id
        FROM run AS r
        WHERE
            r.target = %(target)s
            AND r.state = 'queued'
            AND NOT EXISTS (
                SELECT FROM run AS other WHERE other.target = r.target AND other.holds_target
            )
        ORDER BY r.label, r.created_at, r.id
    )
    AND state = 'queued'
RETURNING id, label
