-- Looks for updates, the latest first.
SELECT id, number, at, actor, security, regular, open, new, whole, sources, locks
FROM update_check
WHERE
    (%(before)s::bigint IS NULL OR number < %(before)s)
    AND (%(id)s::uuid IS NULL OR id = %(id)s)
ORDER BY number DESC
LIMIT %(limit)s
