-- The latest commit of the release with commits that came before one, in any of its projects.
SELECT o.release, c.id
FROM error_release AS r
JOIN error_release AS o ON o.project = r.project AND o.place < r.place
JOIN release_commit AS c ON c.project = o.project AND c.release = o.release AND c.place = 0
WHERE r.release = %(release)s
ORDER BY o.place DESC
LIMIT 1
