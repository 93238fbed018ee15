INSERT INTO diagnosis (target, started_at, document)
VALUES (%(target)s, %(started_at)s, %(document)s)
