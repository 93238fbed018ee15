-- End the links that a user has not used.
DELETE FROM log_in_link WHERE user_id = %(user)s AND used_at IS NULL
