-- Say what became of deliveries; nothing is settled twice.
UPDATE delivery AS d
SET state = s.state, reason = s.reason, settled_at = now()
FROM unnest(%(id)s::bigint[], %(state)s::text[], %(reason)s::text[]) AS s (id, state, reason)
WHERE d.id = s.id AND d.state = 'waiting'
