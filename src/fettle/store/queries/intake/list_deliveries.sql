-- Deliveries in a state, the latest first, before one where it is given.
SELECT id, received_at, hook, vendor, state, reason, settled_at, replays, length(body) AS bytes
FROM delivery
WHERE
    (%(state)s::text IS NULL OR state = %(state)s)
    AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC
LIMIT %(limit)s
