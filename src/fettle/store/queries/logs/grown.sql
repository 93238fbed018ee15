-- The templates of a log, as they grow.
SELECT id, words, example, level, raised
FROM log_template
WHERE source = %(source)s
ORDER BY id
