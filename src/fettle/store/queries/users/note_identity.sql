-- Note that a user is seen at an OpenID provider now; no row where they are not known there any more.
UPDATE user_identity
SET seen_at = %(now)s
WHERE issuer = %(issuer)s AND subject = %(subject)s AND user_id = %(user)s
RETURNING user_id
