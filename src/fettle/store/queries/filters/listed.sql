-- The filters of a page that somebody sees: their own, and those that are shared.
SELECT id, owner, page, name, query, shared, created_at
FROM saved_filter
WHERE page = %(page)s AND (owner = %(owner)s OR shared)
ORDER BY name, id
LIMIT %(limit)s
