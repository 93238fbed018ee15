UPDATE fix_run SET status = 'undone' WHERE id = %(id)s AND status IN ('done', 'unsure')
