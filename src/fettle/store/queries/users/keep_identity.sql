-- Note who a user is at an OpenID provider; no row when somebody else is known by it.
INSERT INTO user_identity AS i (issuer, subject, user_id, created_at, seen_at)
VALUES (%(issuer)s, %(subject)s, %(user)s, %(now)s, %(now)s)
ON CONFLICT (issuer, subject) DO UPDATE SET seen_at = excluded.seen_at
WHERE i.user_id = excluded.user_id
RETURNING i.user_id
