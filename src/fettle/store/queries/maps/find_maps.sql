-- The maps of debug ids, the latest of each first, and those of files of releases by their names.
SELECT project, debug_id, NULL AS release, NULL AS dist, NULL AS file, NULL AS base, id AS map
FROM source_map
WHERE
    (project, debug_id) IN (
        SELECT w.project, w.debug_id
        FROM unnest(%(project)s::uuid[], %(debug_id)s::uuid[]) AS w (project, debug_id)
    )
UNION ALL
SELECT f.project, NULL, f.release, f.dist, f.file, f.base, f.map
FROM source_map_file AS f
INNER JOIN unnest(%(of)s::uuid[], %(release)s::text[], %(base)s::text[]) AS w (
    project, release, base
) USING (project, release, base)
ORDER BY map DESC
