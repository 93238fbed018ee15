-- The keys of groups, locked, before their groups are: whoever takes events does it in this order.
SELECT id, error_group, origin, events, first_seen, last_seen, first_release, last_release
FROM error_group_key
WHERE error_group = ANY(%(groups)s)
ORDER BY id
FOR UPDATE
