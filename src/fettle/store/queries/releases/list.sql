-- The releases of a project, the latest first.
SELECT r.project, p.name, r.release, r.first_seen
FROM error_release AS r
JOIN error_project AS p ON p.id = r.project
WHERE r.project = %(project)s
ORDER BY r.place DESC
LIMIT %(limit)s
