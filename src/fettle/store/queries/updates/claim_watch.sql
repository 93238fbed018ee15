-- Have a look be ours: of several who would look at once one does.
UPDATE update_watch SET looked_at = %(now)s
WHERE run = %(run)s AND state = 'watching' AND looked_at IS NOT DISTINCT FROM %(seen)s
RETURNING run
