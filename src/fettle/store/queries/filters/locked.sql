-- One filter, until the transaction ends nobody else's.
SELECT id, owner, page, name, query, shared, created_at
FROM saved_filter
WHERE id = %(id)s
FOR UPDATE
