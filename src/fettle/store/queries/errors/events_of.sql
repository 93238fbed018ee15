-- The latest events of a group, before one of them where it is given.
SELECT e.id, e.event_id, e.received_at, e.at, e.release, e.environment
FROM (SELECT id FROM error_group_key WHERE error_group = %(group)s) AS k
CROSS JOIN LATERAL (
    SELECT id, event_id, received_at, at, release, environment
    FROM error_event
    WHERE key = k.id AND (%(before)s::bigint IS NULL OR id < %(before)s)
    ORDER BY id DESC
    LIMIT %(limit)s
) AS e
ORDER BY e.id DESC
LIMIT %(limit)s
