-- Silences that ended.
WITH over AS (
    SELECT id
    FROM silence
    WHERE ends_at < %(before)s
    ORDER BY ends_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM silence USING over WHERE silence.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
