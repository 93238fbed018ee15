-- Note that a run's issues are told how it ended; no row when they were.
UPDATE fix_run SET told_at = %(now)s WHERE id = %(id)s AND told_at IS NULL RETURNING id
