-- How many maps each project has, and how many bytes they take.
SELECT
    p.name AS project, count(*)::int AS maps, sum(octet_length(m.packed))::bigint AS bytes
FROM source_map AS m
INNER JOIN error_project AS p ON p.id = m.project
GROUP BY p.name
ORDER BY p.name
