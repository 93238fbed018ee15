-- Keep what a training came to; of those before it, only the last that came to a model.
WITH forgotten AS (
    DELETE FROM training
    WHERE model IS NULL
        OR id < (SELECT max(t.id) FROM training AS t WHERE t.model IS NOT NULL)
)

INSERT INTO training (at, decisions, basis, version, seconds, model, refused, remedy)
VALUES (
    %(at)s, %(decisions)s, %(basis)s, %(version)s, %(seconds)s, %(model)s, %(refused)s, %(remedy)s
)
