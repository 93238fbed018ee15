-- Deliveries that can be taken again: these, or the dead ones of a hook; the oldest first.
SELECT id, vendor, proved
FROM delivery
WHERE
    state <> 'waiting'
    AND (id = ANY(%(ids)s::bigint[]) OR (state = 'dead' AND hook = %(hook)s::text))
ORDER BY id
LIMIT %(limit)s
FOR UPDATE
