-- Note that maps are used, once a day.
UPDATE source_map SET used_at = %(at)s
WHERE id = ANY(%(ids)s) AND used_at < %(at)s - interval '1 day'
