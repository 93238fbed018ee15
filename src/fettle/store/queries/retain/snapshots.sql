-- Looks at databases that hang on no issue any more.
WITH over AS (
    SELECT s.id
    FROM snapshot AS s
    WHERE
        s.started_at < %(before)s
        AND NOT EXISTS (SELECT FROM investigation AS i WHERE i.snapshot = s.id)
    ORDER BY s.started_at
    LIMIT %(limit)s
    FOR UPDATE OF s SKIP LOCKED
),

gone AS (
    DELETE FROM snapshot USING over WHERE snapshot.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
