-- Revoke the credential of that name; no row when none is in use.
UPDATE credential
SET revoked_at = now()
WHERE kind = ANY(%(kinds)s) AND name = %(name)s AND revoked_at IS NULL
RETURNING id
