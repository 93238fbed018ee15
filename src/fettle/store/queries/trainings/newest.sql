-- The newest training, and the newest that came to a model; without the models themselves.
SELECT at, decisions, basis, version, seconds, refused, remedy
FROM training
WHERE
    id = (SELECT max(id) FROM training)
    OR id = (SELECT max(id) FROM training WHERE refused IS NULL)
ORDER BY id DESC
