-- The latest event of some keys that is kept.
SELECT e.body
FROM unnest(%(keys)s::bigint[]) AS k (id)
CROSS JOIN LATERAL (
    SELECT id, body FROM error_event WHERE key = k.id ORDER BY id DESC LIMIT 1
) AS e
ORDER BY e.id DESC
LIMIT 1
