-- Delete maps of a project: one, those of a release alone, or all.
WITH gone AS (
    DELETE FROM source_map AS m
    WHERE
        m.project = %(project)s
        AND (%(id)s::bigint IS NULL OR m.id = %(id)s)
        AND (
            %(release)s::text IS NULL
            OR (
                EXISTS (
                    SELECT FROM source_map_file AS f WHERE f.map = m.id AND f.release = %(release)s
                )
                AND NOT EXISTS (
                    SELECT FROM source_map_file AS f WHERE f.map = m.id AND f.release <> %(release)s
                )
            )
        )
    RETURNING 1
),

files AS (
    DELETE FROM source_map_file
    WHERE project = %(project)s AND release = %(release)s AND %(id)s::bigint IS NULL
),

unknown AS (
    DELETE FROM source_bundle WHERE project = %(project)s
)

SELECT count(*)::int AS number FROM gone
