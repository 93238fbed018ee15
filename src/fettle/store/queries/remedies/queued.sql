-- A run of that name that has not begun.
SELECT id FROM run WHERE name = %(name)s AND state = 'queued' LIMIT 1
