SELECT id FROM heartbeat WHERE name = %(name)s
