INSERT INTO diagnosis (target, kind, started_at, document)
VALUES (%(target)s, %(kind)s, %(started_at)s, %(document)s)
