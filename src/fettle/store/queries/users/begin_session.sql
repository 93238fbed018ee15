-- A browser is logged in, and its user was seen.
WITH seen AS (
    UPDATE fettle_user SET seen_at = %(now)s WHERE id = %(user)s
)

INSERT INTO user_session (hash, user_id, how, client, agent, created_at, seen_at, ends_at)
VALUES (
    %(hash)s, %(user)s, %(how)s, %(client)s, %(agent)s, %(now)s, %(now)s, %(ends_at)s
)
