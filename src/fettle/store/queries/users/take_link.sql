-- Use a link up, and say whose it was; no row when it is used, has ended, or its user is disabled.
UPDATE log_in_link AS l
SET used_at = %(now)s
FROM fettle_user AS u
WHERE
    l.hash = %(hash)s
    AND l.used_at IS NULL
    AND l.ends_at > %(now)s
    AND u.id = l.user_id
    AND u.disabled_at IS NULL
RETURNING u.name
