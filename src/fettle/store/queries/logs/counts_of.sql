-- How often templates came by the hour, since a moment.
SELECT template, hour, lines
FROM log_count
WHERE template = ANY(%(templates)s::bigint[]) AND hour >= %(since)s
ORDER BY template, hour
