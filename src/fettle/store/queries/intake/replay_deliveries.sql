-- Let deliveries wait again: these, or every dead one of a hook.
UPDATE delivery
SET state = 'waiting', reason = NULL, settled_at = NULL, replays = replays + 1
WHERE
    state <> 'waiting'
    AND (id = ANY(%(ids)s::bigint[]) OR (state = 'dead' AND hook = %(hook)s::text))
RETURNING id
