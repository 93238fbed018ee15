-- Who a user is at OpenID providers.
SELECT issuer, subject, created_at, seen_at
FROM user_identity
WHERE user_id = %(user)s
ORDER BY issuer, created_at, subject
