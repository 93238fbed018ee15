-- Let go of the maps of a project that were used longest ago, so that no more bytes are kept.
WITH held AS (
    SELECT id, sum(octet_length(packed)) OVER (ORDER BY used_at DESC, id DESC) AS bytes
    FROM source_map
    WHERE project = %(project)s
),

gone AS (
    DELETE FROM source_map USING held
    WHERE source_map.id = held.id AND held.bytes > %(most)s
    RETURNING source_map.id
),

unknown AS (
    DELETE FROM source_bundle WHERE project = %(project)s AND EXISTS (SELECT FROM gone)
)

SELECT count(*)::int AS number FROM gone
