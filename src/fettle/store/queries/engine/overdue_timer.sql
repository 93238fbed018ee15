-- The timer that has been due for longest, if that is since before a moment.
SELECT id, kind, subject, due_at, detail, attempts
FROM timer
WHERE done_at IS NULL AND due_at < %(since)s
ORDER BY due_at
LIMIT 1
