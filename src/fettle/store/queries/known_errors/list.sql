-- The known errors that people wrote: those of these ids, or all.
SELECT id, version, document, retired, created_at, created_by, changed_at, changed_by
FROM known_error
WHERE %(ids)s::text[] IS NULL OR id = ANY(%(ids)s)
ORDER BY id
