-- When a silence ends.
SELECT ends_at FROM silence WHERE id = %(id)s
