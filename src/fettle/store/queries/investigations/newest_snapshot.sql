SELECT id, target, started_at, document, plans, planned_for
FROM snapshot
WHERE target = %(target)s
ORDER BY started_at DESC, id DESC
LIMIT 1
