-- Take a recovery code; no row when there is none, or it was taken before.
UPDATE recovery_code
SET used_at = %(now)s
WHERE user_id = %(user)s AND hash = %(hash)s AND used_at IS NULL
RETURNING hash
