-- How each task went: of its last runs, how many came to what, and how long their steps took: what
-- a run waited between them, for people or for its next window, nobody has reckoned with.
SELECT task, state, number, created_at, finished_at, estimated_s,
    coalesce((
        SELECT sum(extract(EPOCH FROM s.finished_at - s.started_at))
        FROM task_step AS s
        WHERE s.run = r.id
    ), 0)::float8 AS took_s
FROM (
    SELECT *, row_number() OVER (PARTITION BY task ORDER BY number DESC) AS place
    FROM task_run
    WHERE finished_at IS NOT NULL AND (%(tasks)s::text[] IS NULL OR task = ANY(%(tasks)s))
) AS r
WHERE place <= %(most)s
ORDER BY task, number
