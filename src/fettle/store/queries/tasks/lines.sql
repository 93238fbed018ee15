-- What a step has said, after a line.
SELECT id, at, line FROM task_line
WHERE run = %(run)s AND number = %(number)s AND id > %(after)s
ORDER BY id
LIMIT %(limit)s
