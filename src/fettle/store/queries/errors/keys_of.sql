-- The keys of a group, those that its events came by most first; and what joined each with another.
SELECT
    k.id, k.key, k.key_version, k.why, k.origin, k.events, k.first_seen, k.last_seen,
    r.id AS reads_as, CASE WHEN r.id IS NOT NULL THEN k.read_at END AS read_at
FROM error_group_key AS k
LEFT JOIN error_group_key AS r ON r.id = k.reads_as AND r.error_group = k.error_group
WHERE k.error_group = %(id)s
ORDER BY k.events DESC, k.id
LIMIT %(limit)s
