-- Measurements of pages that are kept no longer.
WITH over AS (
    SELECT id
    FROM page_measure
    WHERE at < %(before)s
    ORDER BY at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
),

gone AS (
    DELETE FROM page_measure USING over WHERE page_measure.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
