-- Keep what a look came to.
UPDATE update_watch
SET looks = %(looks)s, worse = %(worse)s, state = %(state)s, says = %(says)s
WHERE run = %(run)s AND state = 'watching'
