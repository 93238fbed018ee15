-- What a credential with this hash was called that is in use no more.
SELECT kind, name
FROM credential
WHERE hash = %(hash)s AND revoked_at IS NOT NULL
