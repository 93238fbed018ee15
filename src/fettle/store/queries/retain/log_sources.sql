-- Logs of which nothing came for long, nothing is left, and that nobody follows.
WITH over AS (
    SELECT s.id
    FROM log_source AS s
    WHERE
        s.seen_at < %(before)s
        AND s.silent_at IS NULL
        AND NOT EXISTS (SELECT FROM log_template AS t WHERE t.source = s.id)
        AND NOT EXISTS (SELECT FROM log_batch AS b WHERE b.source = s.id)
        AND NOT EXISTS (
            SELECT FROM log_follower AS f WHERE f.source = s.id AND f.until >= %(before)s
        )
    ORDER BY s.id
    LIMIT %(limit)s
    FOR UPDATE OF s SKIP LOCKED
),

gone AS (
    DELETE FROM log_source AS s USING over WHERE s.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
