-- Groups of a project that are resolved from the next deploy on, or whatever waits for one.
SELECT g.id
FROM error_group AS g
JOIN error_project AS p ON p.id = g.project
WHERE
    p.name = ANY(%(names)s) AND g.state = 'resolved' AND g.merged_into IS NULL
    AND g.resolution ->> 'by' = 'deploy'
ORDER BY g.id
