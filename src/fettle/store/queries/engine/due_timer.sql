-- The timer that has been due for longest and that nobody else is handling; it is locked until the
-- transaction ends, so what its handler does and that it is done become true together.
SELECT id, kind, subject, due_at, detail, attempts
FROM timer
WHERE done_at IS NULL AND try_at <= %(now)s AND kind = ANY(%(kinds)s)
ORDER BY try_at, id
LIMIT 1
FOR UPDATE SKIP LOCKED
