-- Forget the commits of a release, and those of all but the latest releases of its project.
DELETE FROM release_commit AS c
WHERE
    c.project = %(project)s
    AND (
        c.release = %(release)s
        OR c.release NOT IN (
            SELECT r.release
            FROM error_release AS r
            WHERE
                r.project = %(project)s
                AND EXISTS (
                    SELECT FROM release_commit AS o
                    WHERE o.project = r.project AND o.release = r.release
                )
            ORDER BY r.place DESC
            LIMIT %(releases)s
        )
    )
