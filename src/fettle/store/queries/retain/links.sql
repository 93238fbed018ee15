-- Links to log in by that were used or have ended.
WITH over AS (
    SELECT hash
    FROM log_in_link
    WHERE ends_at < %(before)s
    ORDER BY ends_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM log_in_link USING over WHERE log_in_link.hash = over.hash RETURNING 1
)

SELECT count(*)::int AS number FROM gone
