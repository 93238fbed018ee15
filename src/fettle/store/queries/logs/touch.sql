-- Templates came again: how they stand.
UPDATE log_template AS t
SET lines = t.lines + n.lines, last_at = greatest(t.last_at, n.at)
FROM unnest(%(id)s::bigint[], %(lines)s::bigint[], %(at)s::timestamptz[]) AS n (id, lines, at)
WHERE t.id = n.id
RETURNING
    t.id, source, text, example, level, bad, raised, first_at, last_at, t.lines, new_at,
    rising_at, usual, vanished_at, muted_at, muted_by
