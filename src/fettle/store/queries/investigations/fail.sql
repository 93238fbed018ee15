-- Keep that looks at a target could not be made.
UPDATE investigation
SET state = 'failed', reason = %(reason)s, remedy = %(remedy)s, ended_at = %(now)s
WHERE target = %(target)s AND state = 'waiting' AND id <= %(upto)s
RETURNING issue
