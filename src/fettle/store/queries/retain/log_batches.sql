-- Lines of long ago that could not be learnt; none that waits.
WITH over AS (
    SELECT id
    FROM log_batch
    WHERE dead IS NOT NULL AND at < %(before)s
    ORDER BY id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM log_batch AS b USING over WHERE b.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
