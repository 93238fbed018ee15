-- In which hours templates came since a moment, and how often; what came late is not of its hour.
SELECT
    template,
    array_agg((extract(epoch FROM hour) / 3600)::bigint ORDER BY hour) AS hours,
    array_agg(lines - late ORDER BY hour) AS numbers
FROM log_count
WHERE template = ANY(%(templates)s::bigint[]) AND hour >= %(since)s AND lines > late
GROUP BY template
