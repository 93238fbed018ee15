-- Groups, the one that was seen last first, behind one of them where it is given.
SELECT
    g.id, g.project, g.title, g.culprit, g.level, g.state, g.events, g.first_seen, g.last_seen,
    g.first_release, g.last_release, g.resolution, g.muting, g.known, g.version, p.name
FROM error_group AS g
JOIN error_project AS p ON p.id = g.project
WHERE
    g.merged_into IS NULL
    AND (%(states)s::text[] IS NULL OR g.state = ANY(%(states)s))
    AND (%(project)s::text IS NULL OR p.name = %(project)s)
    AND (
        %(text)s::text IS NULL
        OR strpos(lower(g.title || ' ' || g.culprit), lower(%(text)s)) > 0
    )
    AND (
        %(last_seen)s::timestamptz IS NULL
        OR (g.last_seen, g.id) < (%(last_seen)s, %(id)s::bigint)
    )
ORDER BY g.last_seen DESC, g.id DESC
LIMIT %(limit)s
