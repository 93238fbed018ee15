-- Let go of a version that was held; a person has said why.
UPDATE update_quarantine
SET released_at = %(now)s, released_by = %(actor)s, released_because = %(reason)s
WHERE number = %(number)s AND released_at IS NULL
RETURNING number
