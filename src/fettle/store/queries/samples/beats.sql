-- How the latest looks at targets went, the first of them first, for each target.
SELECT
    t.target,
    array_agg(l.status ORDER BY l.at) AS status,
    array_agg(l.at ORDER BY l.at) AS at
FROM unnest(%(targets)s::bigint[]) AS t (target)
CROSS JOIN LATERAL (
    SELECT look.at, look.status
    FROM look
    WHERE look.target = t.target AND look.at > %(since)s
    ORDER BY look.at DESC
    LIMIT %(limit)s
) AS l
GROUP BY t.target
