-- A group, or what it was merged into.
WITH RECURSIVE led AS (
    SELECT id, merged_into FROM error_group WHERE id = %(id)s
    UNION
    SELECT g.id, g.merged_into FROM error_group AS g JOIN led ON g.id = led.merged_into
)

SELECT
    g.id, g.project, g.title, g.culprit, g.level, g.state, g.events, g.first_seen, g.last_seen,
    g.first_release, g.last_release, g.resolution, g.muting, g.known, g.version, p.name
FROM led
JOIN error_group AS g ON g.id = led.id
JOIN error_project AS p ON p.id = g.project
WHERE g.merged_into IS NULL
