-- Keep what a look came to for those that still wait for it.
UPDATE investigation AS i
SET
    state = 'done',
    snapshot = %(snapshot)s,
    matches = r.matches,
    change = r.change,
    ended_at = %(now)s
FROM jsonb_to_recordset(%(completed)s) AS r (id bigint, matches jsonb, change jsonb)
WHERE i.id = r.id AND i.state = 'waiting'
RETURNING i.id
