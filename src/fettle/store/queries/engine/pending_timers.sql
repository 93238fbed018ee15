SELECT id, kind, subject, due_at, detail, attempts
FROM timer
WHERE done_at IS NULL AND (%(subject)s::text IS NULL OR subject = %(subject)s)
ORDER BY due_at, id
