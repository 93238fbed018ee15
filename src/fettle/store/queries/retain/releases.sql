-- Releases of long ago, of projects that had two thousand since; those whose commits are kept stay.
WITH oldest AS (
    SELECT p.id AS project, o.place
    FROM error_project AS p
    CROSS JOIN LATERAL (
        SELECT r.place
        FROM error_release AS r
        WHERE r.project = p.id
        ORDER BY r.place DESC
        OFFSET 1999
        LIMIT 1
    ) AS o
),

over AS (
    SELECT r.project, r.release
    FROM oldest AS o
    JOIN error_release AS r ON r.project = o.project AND r.place < o.place
    WHERE
        r.first_seen < %(before)s
        AND NOT EXISTS (
            SELECT FROM release_commit AS c WHERE c.project = r.project AND c.release = r.release
        )
    LIMIT %(limit)s
    FOR UPDATE OF r SKIP LOCKED
),

gone AS (
    DELETE FROM error_release AS r
    USING over AS o
    WHERE r.project = o.project AND r.release = o.release
    RETURNING 1
)

SELECT count(*)::int AS number FROM gone
