-- What each step of a run has said, the latest lines of it.
SELECT number, id, at, line
FROM (
    SELECT *, row_number() OVER (PARTITION BY number ORDER BY id DESC) AS place
    FROM task_line
    WHERE run = %(run)s
) AS l
WHERE place <= %(most)s
ORDER BY number, id
