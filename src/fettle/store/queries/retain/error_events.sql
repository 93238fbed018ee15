-- Errors of long ago, and those beyond the number that is kept of an application; none that waits.
WITH over AS (
    SELECT id
    FROM error_event
    WHERE received_at < %(before)s AND (key IS NOT NULL OR dead IS NOT NULL)
    ORDER BY id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM error_event USING over WHERE error_event.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
