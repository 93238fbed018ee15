-- A user's filters of a page.
SELECT name, query
FROM saved_filter
WHERE user_id = %(user)s AND page = %(page)s
ORDER BY name
