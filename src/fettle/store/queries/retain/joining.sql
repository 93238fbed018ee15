-- What would make a signal join an issue that ended long ago.
WITH over AS (
    SELECT j.key
    FROM issue AS i
    INNER JOIN joining AS j ON j.issue = i.number
    WHERE i.ended_at < %(before)s
    ORDER BY i.ended_at
    LIMIT %(limit)s
    FOR UPDATE OF j SKIP LOCKED
),

gone AS (
    DELETE FROM joining USING over WHERE joining.key = over.key RETURNING 1
)

SELECT count(*)::int AS number FROM gone
