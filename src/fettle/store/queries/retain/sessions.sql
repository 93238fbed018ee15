-- Sessions that are over.
WITH over AS (
    SELECT id
    FROM user_session
    WHERE ends_at < %(before)s
    ORDER BY ends_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM user_session USING over WHERE user_session.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
