-- How each task went: of its last runs, how many came to what, and how long they took.
SELECT task, state, number, created_at, finished_at, estimated_s,
    extract(EPOCH FROM finished_at - created_at)::float8 AS took_s
FROM (
    SELECT *, row_number() OVER (PARTITION BY task ORDER BY number DESC) AS place
    FROM task_run
    WHERE finished_at IS NOT NULL AND (%(tasks)s::text[] IS NULL OR task = ANY(%(tasks)s))
) AS r
WHERE place <= %(most)s
ORDER BY task, number
