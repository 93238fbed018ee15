-- The commits that went into releases of a project, the latest first.
SELECT c.release, c.id, c.author, c.at, c.message, c.files
FROM release_commit AS c
JOIN error_release AS r ON r.project = c.project AND r.release = c.release
WHERE c.project = %(project)s AND c.release = ANY(%(releases)s)
ORDER BY r.place DESC, c.place
