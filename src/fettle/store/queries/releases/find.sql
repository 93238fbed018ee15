-- The projects that know a release.
SELECT r.project, p.name, r.release, r.first_seen
FROM error_release AS r
JOIN error_project AS p ON p.id = r.project
WHERE r.release = %(release)s
ORDER BY p.name
