-- Keep a link by its hash; those that the user has been sent before end with it.
WITH ended AS (
    DELETE FROM log_in_link WHERE user_id = %(user)s AND used_at IS NULL
)

INSERT INTO log_in_link (hash, user_id, created_at, created_by, ends_at)
VALUES (%(hash)s, %(user)s, %(now)s, %(created_by)s, %(ends_at)s)
