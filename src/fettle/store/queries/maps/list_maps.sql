-- Maps, the latest first, each with the releases that it is of.
SELECT
    m.id, p.name AS project, m.name, m.debug_id, m.size, octet_length(m.packed) AS packed,
    m.uploaded_at, m.uploaded_by, m.used_at,
    coalesce(
        (SELECT array_agg(DISTINCT f.release ORDER BY f.release) FROM source_map_file AS f
        WHERE f.map = m.id), '{}'
    ) AS releases
FROM source_map AS m
INNER JOIN error_project AS p ON p.id = m.project
WHERE
    (%(project)s::text IS NULL OR p.name = %(project)s)
    AND (
        %(release)s::text IS NULL
        OR EXISTS (
            SELECT FROM source_map_file AS f WHERE f.map = m.id AND f.release = %(release)s
        )
    )
    AND (%(before)s::bigint IS NULL OR m.id < %(before)s)
ORDER BY m.id DESC
LIMIT %(limit)s
