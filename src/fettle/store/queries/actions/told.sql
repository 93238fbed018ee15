UPDATE action_item SET told_at = %(now)s WHERE id = ANY(%(ids)s)
