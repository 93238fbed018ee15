-- Let keys be a group's own, as if it had made them.
UPDATE error_group_key SET origin = %(group)s WHERE id = ANY(%(keys)s)
