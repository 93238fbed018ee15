-- Runs of tasks that ended long ago, with their steps.
WITH over AS (
    SELECT id
    FROM task_run
    WHERE finished_at < %(before)s
    ORDER BY number
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM task_run USING over WHERE task_run.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
