-- In which hours anything came of a log since a moment.
SELECT DISTINCT (extract(epoch FROM c.hour) / 3600)::bigint AS hour
FROM log_template AS t
JOIN log_count AS c ON c.template = t.id
WHERE t.source = %(source)s AND c.hour >= %(since)s AND c.lines > c.late
ORDER BY 1
