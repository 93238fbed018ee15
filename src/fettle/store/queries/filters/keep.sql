-- Keep a filter; nothing is returned where its owner has another of that name on that page.
INSERT INTO saved_filter (id, owner, page, name, query, shared, created_at)
VALUES (%(id)s, %(owner)s, %(page)s, %(name)s, %(sought)s, %(shared)s, %(now)s)
ON CONFLICT (owner, page, name) DO NOTHING
RETURNING id
