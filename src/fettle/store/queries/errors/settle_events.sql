-- Say of which key events are, or why they are of none; nothing is settled twice.
UPDATE error_event AS e
SET key = s.key, dead = s.dead
FROM unnest(%(id)s::bigint[], %(key)s::bigint[], %(dead)s::text[]) AS s (id, key, dead)
WHERE e.id = s.id AND e.key IS NULL AND e.dead IS NULL
