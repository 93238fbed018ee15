-- What steps left that the latest run of a task has come to, by their names; steps of one run alone.
SELECT s.name, s.detail
FROM task_step AS s
WHERE s.name = ANY (%(names)s) AND s.detail IS NOT NULL AND s.run = (
    SELECT r.id
    FROM task_run AS r
    WHERE r.task = %(task)s AND EXISTS (
        SELECT FROM task_step AS last
        WHERE last.run = r.id AND last.name = %(last)s AND last.detail IS NOT NULL
    )
    ORDER BY r.number DESC
    LIMIT 1
)
