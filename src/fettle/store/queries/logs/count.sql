-- Count lines by template and hour.
INSERT INTO log_count AS c (template, hour, lines, late)
SELECT n.template, n.hour, n.lines, n.late
FROM unnest(
    %(template)s::bigint[], %(hour)s::timestamptz[], %(lines)s::bigint[], %(late)s::bigint[]
) AS n (template, hour, lines, late)
ORDER BY n.template, n.hour
ON CONFLICT (template, hour) DO UPDATE
SET lines = c.lines + excluded.lines, late = c.late + excluded.late
RETURNING template, hour, lines - late AS lines
