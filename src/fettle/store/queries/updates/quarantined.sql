-- Versions that are held: of a project, or by a number or the update's id, or all.
SELECT
    number, "update", project, path, ecosystem, package, version, reason, run::text, at,
    released_at, released_by, released_because
FROM update_quarantine
WHERE
    released_at IS NULL
    AND (%(project)s::text IS NULL OR project = %(project)s)
    AND (%(given)s::text IS NULL OR number::text = %(given)s OR "update" = %(given)s)
ORDER BY number
