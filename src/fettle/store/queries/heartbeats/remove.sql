DELETE FROM heartbeat WHERE id = %(id)s
