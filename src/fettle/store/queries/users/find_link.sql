-- Whose link it is, while it can be used.
SELECT u.name
FROM log_in_link AS l
INNER JOIN fettle_user AS u ON l.user_id = u.id
WHERE l.hash = %(hash)s AND l.used_at IS NULL AND l.ends_at > %(now)s AND u.disabled_at IS NULL
