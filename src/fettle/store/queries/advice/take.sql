-- What came of asking is written to an issue once. No row when it was.
UPDATE advice
SET taken_at = %(now)s
WHERE run = %(run)s AND attempt = 1 AND taken_at IS NULL
RETURNING run
