-- Forget a filter.
DELETE FROM saved_filter WHERE id = %(id)s
