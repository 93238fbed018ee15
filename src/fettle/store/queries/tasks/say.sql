-- Keep lines that a step has said, and as many of it as are kept.
WITH kept AS (
    INSERT INTO task_line (run, number, at, line)
    SELECT %(run)s, %(number)s, %(now)s, line FROM unnest(%(lines)s::text[]) AS line
)

DELETE FROM task_line
WHERE id IN (
    SELECT id FROM task_line
    WHERE run = %(run)s AND number = %(number)s
    ORDER BY id DESC
    OFFSET %(most)s
)
