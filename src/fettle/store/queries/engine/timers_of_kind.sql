-- The pending timers of a kind, locked until the transaction ends.
SELECT id, kind, subject, due_at, detail, attempts
FROM timer
WHERE kind = %(kind)s AND done_at IS NULL
ORDER BY id
FOR UPDATE
