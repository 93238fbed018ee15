-- How many events of each of several groups came on each day, of UTC, since a moment; days without
-- any are left out.
SELECT
    k.error_group AS id,
    (c.hour AT TIME ZONE 'UTC')::date AS day,
    sum(c.number)::bigint AS number
FROM error_group_key AS k
JOIN error_count AS c ON c.key = k.id
WHERE k.error_group = ANY(%(ids)s) AND c.hour >= %(since)s
GROUP BY 1, 2
