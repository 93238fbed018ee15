-- Keep a map; the same again is the one that is here, and as good as new.
INSERT INTO source_map
(project, digest, debug_id, name, size, packed, uploaded_at, uploaded_by, used_at)
VALUES
(%(project)s, %(digest)s, %(debug_id)s, %(name)s, %(size)s, %(packed)s, %(at)s, %(by)s, %(at)s)
ON CONFLICT (project, digest) DO UPDATE SET used_at = excluded.used_at
RETURNING id, xmax = 0 AS new
