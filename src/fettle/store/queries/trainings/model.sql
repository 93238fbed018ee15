-- The newest model, if it is newer than one that is known.
SELECT id, model AS document
FROM training
WHERE model IS NOT NULL AND id > %(known)s
ORDER BY id DESC
LIMIT 1
