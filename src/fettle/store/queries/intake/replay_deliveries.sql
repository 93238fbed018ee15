-- Let deliveries wait again, with what was proved of them since.
UPDATE delivery
SET
    state = 'waiting',
    reason = NULL,
    settled_at = NULL,
    replays = replays + 1,
    proved = proved OR id = ANY(%(proved)s::bigint[])
WHERE state <> 'waiting' AND id = ANY(%(ids)s::bigint[])
RETURNING id
