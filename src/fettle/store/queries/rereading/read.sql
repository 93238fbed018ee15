-- Note what came of reading keys again.
UPDATE error_group_key
SET wants_maps = false, reads_as = %(reads_as)s, read_at = %(at)s
WHERE id = ANY(%(keys)s)
