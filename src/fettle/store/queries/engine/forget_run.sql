-- Forget a run that did what it was to do.
DELETE FROM run WHERE id = %(run)s AND state = 'done'
