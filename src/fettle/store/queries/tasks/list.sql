-- Runs, the latest first; those before a number, of a task, in certain states.
SELECT * FROM task_run
WHERE
    (%(task)s::text IS NULL OR task = %(task)s)
    AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
    AND (%(before)s::bigint IS NULL OR number < %(before)s)
ORDER BY number DESC
LIMIT %(limit)s
