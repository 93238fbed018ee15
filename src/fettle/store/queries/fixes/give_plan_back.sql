-- Nothing came of a plan that was taken: it waits again, and what was decided stands.
UPDATE plan
SET state = CASE WHEN decided_by IS NULL THEN 'waiting' ELSE 'approved' END
WHERE id = %(id)s AND state = 'taken'
