-- End a user's sessions, all but one where that is given.
DELETE FROM user_session
WHERE user_id = %(user)s AND (%(but)s::uuid IS NULL OR id <> %(but)s)
RETURNING id
