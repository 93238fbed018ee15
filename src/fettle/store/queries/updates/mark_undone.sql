UPDATE update_run SET state = 'undone' WHERE id = %(id)s AND state IN ('done', 'failed')
