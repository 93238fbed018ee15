-- What became of planned times of long ago.
WITH over AS (
    SELECT task, local
    FROM occurrence
    WHERE starts_at < %(before)s
    ORDER BY starts_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM occurrence AS o USING over
    WHERE o.task = over.task AND o.local = over.local
    RETURNING 1
)

SELECT count(*)::int AS number FROM gone
