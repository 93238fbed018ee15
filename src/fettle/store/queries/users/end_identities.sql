-- Let a user be nobody any more at an OpenID provider, or at all of them.
DELETE FROM user_identity
WHERE
    user_id = %(user)s
    AND (%(issuer)s::text IS NULL OR issuer = %(issuer)s)
    AND (%(subject)s::text IS NULL OR subject = %(subject)s)
RETURNING issuer
