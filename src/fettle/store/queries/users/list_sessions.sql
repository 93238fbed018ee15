-- A user's sessions that last, the one seen last first.
SELECT s.id, s.user_id, u.name, u.role, s.how, s.client, s.agent, s.created_at, s.seen_at
FROM user_session AS s
INNER JOIN fettle_user AS u ON s.user_id = u.id
WHERE s.user_id = %(user)s AND s.ends_at > %(now)s AND s.seen_at > %(idle_since)s
ORDER BY s.seen_at DESC, s.id
LIMIT 200
