-- Keep a filter; another of that name on that page makes room for it.
INSERT INTO saved_filter (user_id, page, name, query, created_at)
VALUES (%(user)s, %(page)s, %(name)s, %(sought)s, %(now)s)
ON CONFLICT (user_id, page, name) DO UPDATE SET query = excluded.query
