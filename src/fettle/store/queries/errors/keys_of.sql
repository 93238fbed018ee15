-- The keys of a group, those that its events came by most first.
SELECT id, key, key_version, why, origin, events, first_seen, last_seen
FROM error_group_key
WHERE error_group = %(id)s
ORDER BY events DESC, id
LIMIT %(limit)s
