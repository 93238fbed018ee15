-- Keep new keys, each with the group that it made, in the order in which they are given.
INSERT INTO error_group_key (
    project, key, key_version, why, error_group, origin, events, first_seen, last_seen,
    wants_maps
)
SELECT
    k.project, k.key, k.key_version, ARRAY(SELECT jsonb_array_elements_text(k.why)),
    k.error_group, k.error_group, 0, k.first_seen, k.first_seen, k.wants_maps
FROM jsonb_to_recordset(%(keys)s) AS k (
    place int, project uuid, key text, key_version int, why jsonb, error_group bigint,
    first_seen timestamptz, wants_maps boolean
)
ORDER BY k.place
RETURNING id
