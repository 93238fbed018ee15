-- Whether source maps could say more of any key of a project that has events.
SELECT 1 AS any_key
FROM error_group_key AS k
WHERE
    k.project = %(project)s AND k.wants_maps AND k.reads_as IS NULL
    AND EXISTS (SELECT FROM error_event AS e WHERE e.key = k.id)
LIMIT 1
