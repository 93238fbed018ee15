-- The latest releases of projects, in the order in which they came.
SELECT r.project, r.release
FROM unnest(%(projects)s::uuid[]) AS p (id)
CROSS JOIN LATERAL (
    SELECT project, release, place
    FROM error_release
    WHERE project = p.id
    ORDER BY place DESC
    LIMIT %(limit)s
) AS r
ORDER BY r.project, r.place
