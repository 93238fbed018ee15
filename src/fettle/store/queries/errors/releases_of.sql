-- The releases of a group's events in the order in which the project had them, the latest first.
SELECT r.release, r.first_seen, t.number
FROM error_release AS r
JOIN (
    SELECT t.value, sum(t.number)::bigint AS number
    FROM error_group_key AS k
    JOIN error_tag AS t ON t.key = k.id
    WHERE k.error_group = %(id)s AND t.tag = 'release' AND t.value <> ''
    GROUP BY t.value
) AS t ON t.value = r.release
WHERE r.project = %(project)s
ORDER BY r.place DESC
LIMIT %(limit)s
