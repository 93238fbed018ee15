-- How many lines came of logs since a moment, and since an hour after it.
SELECT
    t.source,
    sum(c.lines)::bigint AS day,
    coalesce(sum(c.lines) FILTER (WHERE c.hour >= %(hour)s), 0)::bigint AS hour
FROM log_template AS t
JOIN log_count AS c ON c.template = t.id
WHERE t.source = ANY(%(sources)s::bigint[]) AND c.hour >= %(since)s
GROUP BY t.source
