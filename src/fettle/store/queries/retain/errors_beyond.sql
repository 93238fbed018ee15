-- The oldest errors of applications of which more are kept than are to be; none that waits.
WITH newest AS (
    SELECT p.id AS project, e.id
    FROM error_project AS p
    CROSS JOIN LATERAL (
        SELECT id
        FROM error_event
        WHERE project = p.id
        ORDER BY id DESC
        OFFSET %(most)s
        LIMIT 1
    ) AS e
),

over AS (
    SELECT e.id
    FROM newest
    CROSS JOIN LATERAL (
        SELECT id
        FROM error_event
        WHERE
            project = newest.project AND id <= newest.id
            AND (key IS NOT NULL OR dead IS NOT NULL)
        ORDER BY id
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ) AS e
    LIMIT %(limit)s
),

gone AS (
    DELETE FROM error_event USING over WHERE error_event.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
