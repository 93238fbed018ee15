SELECT id, name FROM error_project WHERE id = ANY(%(ids)s)
