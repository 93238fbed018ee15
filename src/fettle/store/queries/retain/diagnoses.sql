-- Diagnoses that a later one of the same target, on the same schedule or on none, has followed.
WITH over AS (
    SELECT d.id
    FROM diagnosis AS d
    WHERE
        d.started_at < %(before)s
        AND EXISTS (
            SELECT FROM diagnosis AS later
            WHERE
                later.target = d.target
                AND later.schedule IS NOT DISTINCT FROM d.schedule
                AND (later.started_at, later.id) > (d.started_at, d.id)
        )
    ORDER BY d.started_at
    LIMIT %(limit)s
    FOR UPDATE OF d SKIP LOCKED
),

gone AS (
    DELETE FROM diagnosis USING over WHERE diagnosis.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
