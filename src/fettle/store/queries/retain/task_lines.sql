-- What steps of tasks said long ago.
WITH over AS (
    SELECT id
    FROM task_line
    WHERE at < %(before)s
    ORDER BY id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM task_line USING over WHERE task_line.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
