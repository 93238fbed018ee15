-- How many events of a group came in each hour since a moment; hours without any are left out.
SELECT c.hour, sum(c.number)::bigint AS number
FROM error_group_key AS k
JOIN error_count AS c ON c.key = k.id
WHERE k.error_group = %(id)s AND c.hour >= %(since)s
GROUP BY c.hour
ORDER BY c.hour
