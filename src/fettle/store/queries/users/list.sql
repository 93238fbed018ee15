-- Users by name, after one where it is given.
SELECT
    u.id,
    u.name,
    u.role,
    u.password IS NOT NULL AS has_password,
    u.totp IS NOT NULL AS has_totp,
    array(
        SELECT i.issuer FROM user_identity AS i WHERE i.user_id = u.id ORDER BY i.issuer
    ) AS providers,
    array(
        SELECT c.name
        FROM credential AS c
        WHERE c.kind = 'token' AND c.owner = u.name AND c.revoked_at IS NULL
        ORDER BY c.name
    ) AS tokens,
    u.created_at,
    u.created_by,
    u.seen_at,
    u.disabled_at
FROM fettle_user AS u
WHERE %(after)s::text IS NULL OR u.name > %(after)s
ORDER BY u.name
LIMIT %(limit)s
