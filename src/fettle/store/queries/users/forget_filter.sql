-- Forget a filter.
DELETE FROM saved_filter WHERE user_id = %(user)s AND page = %(page)s AND name = %(name)s
