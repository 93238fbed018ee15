-- How many people's work was broken by groups, as far as they are told apart.
SELECT k.error_group AS id, count(DISTINCT p.person)::int AS number
FROM error_group_key AS k
JOIN error_person AS p ON p.key = k.id
WHERE k.error_group = ANY(%(ids)s)
GROUP BY k.error_group
