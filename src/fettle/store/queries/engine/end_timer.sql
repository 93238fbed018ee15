UPDATE timer SET done_at = %(now)s, error = NULL WHERE id = %(id)s
