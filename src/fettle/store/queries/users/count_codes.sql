-- How many recovery codes a user has left.
SELECT count(*)::int AS number FROM recovery_code WHERE user_id = %(user)s AND used_at IS NULL
