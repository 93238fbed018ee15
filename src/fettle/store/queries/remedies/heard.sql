-- How alerts stand: those that were watched, and those that an issue has now. An application's error
-- is told of when that is news, and heard each time that it happens, also as what it was merged into.
SELECT
    a.title,
    a.firing OR a.flapping AS goes_on,
    last.document ->> 'kind' AS kind,
    greatest(fired.at, g.last_seen) AS fired_at
FROM alert AS a
CROSS JOIN LATERAL (
    SELECT document FROM signal WHERE alert = a.id ORDER BY id DESC LIMIT 1
) AS last
LEFT JOIN LATERAL (
    SELECT at FROM signal WHERE alert = a.id AND firing ORDER BY id DESC LIMIT 1
) AS fired ON true
LEFT JOIN LATERAL (
    WITH RECURSIVE led AS (
        SELECT id, merged_into, last_seen
        FROM error_group
        WHERE id = CASE WHEN a.source = 'errors' AND a.key ~ '^[0-9]{1,18}$' THEN a.key::bigint END
        UNION
        SELECT n.id, n.merged_into, n.last_seen
        FROM error_group AS n
        JOIN led ON n.id = led.merged_into
    )

    SELECT max(last_seen) AS last_seen FROM led
) AS g ON true
WHERE a.id = ANY(%(watched)s) OR a.issue = %(issue)s
ORDER BY a.id
