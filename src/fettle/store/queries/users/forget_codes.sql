-- Forget a user's recovery codes.
DELETE FROM recovery_code WHERE user_id = %(user)s
