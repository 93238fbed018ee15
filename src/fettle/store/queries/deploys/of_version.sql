-- Deploys of a version, the latest first.
SELECT service, version, at, actor, note, url, id
FROM deploy
WHERE version = %(version)s
ORDER BY id DESC
LIMIT %(limit)s
