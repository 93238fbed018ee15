-- Keep what came of it; what is known stays.
UPDATE update_act
SET state = %(state)s, says = %(says)s, remedy = %(remedy)s, finished_at = %(now)s
WHERE id = %(id)s AND finished_at IS NULL
