-- What is looked at each minute: groups that go on and had events of late, and those that wait for
-- something else; with how many events came in each hour since a moment. Of what is read from a
-- Sentry nobody knows the hours before a day before it was first read. Locked: none of them is merged
-- into another one meanwhile.
WITH looked_at AS (
    SELECT
        g.id,
        (
            SELECT min(i.taken_at) - interval '1 day'
            FROM error_group_key AS o
            JOIN sentry_issue AS i ON i.key = o.id
            WHERE o.error_group = g.id
        ) AS known_from
    FROM error_group AS g
    WHERE
        g.merged_into IS NULL
        AND (
            g.state IN ('new', 'regressed', 'escalating', 'muted')
            OR (g.state = 'ongoing' AND g.last_seen >= %(active_since)s)
        )
        AND g.id > %(after)s
    ORDER BY g.id
    LIMIT %(limit)s
    FOR UPDATE OF g
)

SELECT
    l.id,
    c.hour,
    sum(c.number)::bigint AS number,
    l.known_from
FROM looked_at AS l
LEFT JOIN error_group_key AS k ON k.error_group = l.id
LEFT JOIN error_count AS c ON c.key = k.id AND c.hour >= %(since)s
GROUP BY l.id, l.known_from, c.hour
ORDER BY l.id, c.hour
