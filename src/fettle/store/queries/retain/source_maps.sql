-- Source maps that no error has needed for long; a bundle of theirs would have to be sent again.
WITH over AS (
    SELECT id, project
    FROM source_map
    WHERE used_at < %(before)s
    ORDER BY used_at
    LIMIT least(%(limit)s, 50)
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM source_map USING over WHERE source_map.id = over.id RETURNING over.project
),

unknown AS (
    DELETE FROM source_bundle WHERE project IN (SELECT project FROM gone)
)

SELECT count(*)::int AS number FROM gone
