-- A known error that nobody else changes before the transaction ends.
SELECT id, version, document, retired, created_at, created_by, changed_at, changed_by
FROM known_error
WHERE id = %(id)s
FOR UPDATE
