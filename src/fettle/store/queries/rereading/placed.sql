-- Those of the given keys that are known.
SELECT k.id, k.project, k.key, k.key_version, k.error_group
FROM error_group_key AS k
JOIN unnest(%(project)s::uuid[], %(key)s::text[], %(key_version)s::int[])
    AS w (project, key, key_version)
    ON k.project = w.project AND k.key = w.key AND k.key_version = w.key_version
