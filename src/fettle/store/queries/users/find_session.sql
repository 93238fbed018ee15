-- The session of a cookie, while it lasts. That it was seen is noted once a minute at most, and not
-- for what a page asks by itself.
WITH found AS (
    SELECT s.id, s.user_id, u.name, u.role, s.how, s.client, s.agent, s.created_at, s.seen_at
    FROM user_session AS s
    INNER JOIN fettle_user AS u ON s.user_id = u.id
    WHERE
        s.hash = %(hash)s
        AND s.ends_at > %(now)s
        AND s.seen_at > %(idle_since)s
        AND u.disabled_at IS NULL
),

noted AS (
    UPDATE user_session AS s
    SET seen_at = %(now)s
    FROM found
    WHERE %(noted)s AND s.id = found.id AND found.seen_at < %(now)s - interval '1 minute'
)

SELECT id, user_id, name, role, how, client, agent, created_at, seen_at FROM found
