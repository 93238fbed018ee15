-- Change a filter; nothing is returned where its owner has another of that name on that page.
UPDATE saved_filter SET name = %(name)s, query = %(sought)s, shared = %(shared)s
WHERE id = %(id)s AND NOT EXISTS (
    SELECT FROM saved_filter AS other
    WHERE other.owner = saved_filter.owner AND other.page = saved_filter.page
        AND other.name = %(name)s AND other.id <> saved_filter.id
)
RETURNING id
