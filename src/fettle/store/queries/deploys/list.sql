-- Deploys, those marked last first; what is null restricts nothing.
SELECT service, version, at, actor, note, url, id
FROM deploy
WHERE
    (%(service)s::text IS NULL OR service = %(service)s)
    AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC
LIMIT %(limit)s
