-- End one of a user's sessions.
DELETE FROM user_session WHERE id = %(session)s AND user_id = %(user)s RETURNING id
