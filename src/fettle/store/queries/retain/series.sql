-- Figures that nobody has measured for so long that nothing of them is kept any more.
WITH over AS (
    SELECT id
    FROM series
    WHERE latest_at < %(before)s
    ORDER BY latest_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM series USING over WHERE series.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
