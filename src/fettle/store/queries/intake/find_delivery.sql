-- A delivery as it came, with what came of it.
SELECT
    id,
    received_at,
    hook,
    vendor,
    state,
    reason,
    settled_at,
    replays,
    length(body) AS bytes,
    headers,
    body
FROM delivery
WHERE id = %(id)s
