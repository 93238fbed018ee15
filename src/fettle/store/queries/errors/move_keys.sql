-- Let keys belong to another group.
UPDATE error_group_key SET error_group = %(group)s WHERE id = ANY(%(keys)s)
