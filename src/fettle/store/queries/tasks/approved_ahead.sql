-- Who approved a planned time before it came, and what.
DELETE FROM task_approval WHERE task = %(task)s AND local = %(local)s RETURNING by, procedure
