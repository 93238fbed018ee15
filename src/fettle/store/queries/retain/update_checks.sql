-- Looks for updates of long ago; the latest is always kept.
WITH over AS (
    SELECT id
    FROM update_check
    WHERE at < %(before)s AND number < (SELECT max(number) FROM update_check)
    ORDER BY number
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM update_check USING over WHERE update_check.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
