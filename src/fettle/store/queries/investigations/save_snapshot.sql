INSERT INTO snapshot (target, started_at, document, plans)
VALUES (%(target)s, %(started_at)s, %(document)s, %(plans)s)
RETURNING id, target, started_at, document, plans
