INSERT INTO snapshot (target, started_at, document, plans, planned_for)
VALUES (%(target)s, %(started_at)s, %(document)s, %(plans)s, %(planned_for)s)
RETURNING id, target, started_at, document, plans, planned_for
