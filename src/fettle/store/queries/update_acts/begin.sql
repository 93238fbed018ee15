UPDATE update_act SET state = 'at-work' WHERE id = %(id)s AND finished_at IS NULL
