-- The bugs of applications that were seen last, each by its latest event where one is kept, behind
-- one of them.
SELECT g.id, g.project, g.title, g.last_seen, g.known, e.body
FROM (
    SELECT id, project, title, last_seen, known
    FROM error_group
    WHERE
        merged_into IS NULL
        AND (
            %(last_seen)s::timestamptz IS NULL OR (last_seen, id) < (%(last_seen)s, %(id)s::bigint)
        )
    ORDER BY last_seen DESC, id DESC
    LIMIT %(limit)s
) AS g
LEFT JOIN LATERAL (
    SELECT latest.id, latest.body
    FROM error_group_key AS k
    CROSS JOIN LATERAL (
        SELECT id, body FROM error_event WHERE key = k.id ORDER BY id DESC LIMIT 1
    ) AS latest
    WHERE k.error_group = g.id
    ORDER BY latest.id DESC
    LIMIT 1
) AS e ON true
ORDER BY g.last_seen DESC, g.id DESC
