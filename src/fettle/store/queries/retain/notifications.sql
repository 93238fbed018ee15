-- Notifications that were handed over or given up, of issues that were resolved or ended long ago,
-- or of none. Who was told of an issue that is worked on has to hear of its end.
WITH over AS (
    SELECT o.id
    FROM outbox AS o
    LEFT JOIN issue AS i ON i.number = o.issue
    WHERE
        o.state <> 'waiting'
        AND o.created_at < %(before)s
        AND (
            o.issue IS NULL
            OR i.ended_at < %(before)s
            OR (i.status IN ('resolved', 'in-review') AND i.changed_at < %(before)s)
        )
    ORDER BY o.created_at
    LIMIT %(limit)s
    FOR UPDATE OF o SKIP LOCKED
),

gone AS (
    DELETE FROM outbox USING over WHERE outbox.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
