-- Deploys of some services between two moments, the latest first.
SELECT service, version, at, actor, note, url, id
FROM deploy
WHERE service = ANY(%(services)s) AND at BETWEEN %(since)s AND %(until)s
ORDER BY at DESC, id DESC
LIMIT %(limit)s
