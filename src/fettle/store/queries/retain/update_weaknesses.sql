-- Weaknesses that are over since long ago.
WITH over AS (
    SELECT key
    FROM update_weakness
    WHERE gone_at < %(before)s
    ORDER BY gone_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM update_weakness USING over WHERE update_weakness.key = over.key RETURNING 1
)

SELECT count(*)::int AS number FROM gone
