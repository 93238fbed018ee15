-- Deliveries that can be taken again: these, the dead ones of a hook, or all dead ones; the oldest
-- first.
SELECT id, vendor, proved
FROM delivery
WHERE
    state <> 'waiting'
    AND (
        id = ANY(%(ids)s::bigint[])
        OR (state = 'dead' AND (%(every)s OR hook = %(hook)s::text))
    )
ORDER BY id
LIMIT %(limit)s
FOR UPDATE
