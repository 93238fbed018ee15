-- When the trouble began that the latest looks at a target saw: the first bad look behind the last
-- good one. Null where the last that was seen of it is good. What nobody could see is neither.
SELECT min(l.at) AS at
FROM look AS l
WHERE
    l.target = %(target)s
    AND l.at > %(since)s
    AND l.status NOT IN ('ok', 'unknown')
    AND l.at > coalesce(
        (
            SELECT g.at
            FROM look AS g
            WHERE g.target = %(target)s AND g.at > %(since)s AND g.status = 'ok'
            ORDER BY g.at DESC
            LIMIT 1
        ),
        %(since)s
    )
