-- The lines of a trace that the last batch of a log ended with.
SELECT o.id, o.lines, o.at
FROM log_open AS o
JOIN log_source AS s ON s.id = o.source
WHERE s.name = %(name)s
ORDER BY o.at DESC, o.id
LIMIT 1
