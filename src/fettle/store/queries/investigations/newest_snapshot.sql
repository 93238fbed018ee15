SELECT id, target, started_at, document, plans
FROM snapshot
WHERE target = %(target)s
ORDER BY started_at DESC, id DESC
LIMIT 1
