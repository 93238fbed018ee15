-- The applications that have sent errors, by name.
SELECT p.name
FROM error_project AS p
WHERE EXISTS (SELECT FROM error_group AS g WHERE g.project = p.id)
ORDER BY p.name
