-- What was accepted and could not be taken, of each kind, the latest first, before one of them where
-- it is given. Each part reads an index that holds little more than the dead.
WITH dead AS (
    SELECT
        'delivery' AS kind, id, received_at, hook, vendor, reason, length(body) AS bytes, replays
    FROM delivery
    WHERE state = 'dead'
    UNION ALL
    SELECT 'error', e.id, e.received_at, p.name, 'errors', e.dead, e.bytes, NULL
    FROM error_event AS e
    JOIN error_project AS p ON p.id = e.project
    WHERE e.key IS NULL AND e.dead IS NOT NULL
    UNION ALL
    SELECT 'lines', b.id, b.at, s.name, 'log', b.dead, octet_length(b.kinds::text), NULL
    FROM log_batch AS b
    JOIN log_source AS s ON s.id = b.source
    WHERE b.dead IS NOT NULL
)

SELECT kind, id, received_at, hook, vendor, reason, bytes, replays
FROM dead
WHERE
    %(before)s::timestamptz IS NULL
    OR (received_at, kind, id) < (%(before)s, %(kind)s::text, %(id)s::bigint)
ORDER BY received_at DESC, kind DESC, id DESC
LIMIT %(limit)s
