SELECT id FROM heartbeat WHERE id = %(id)s
