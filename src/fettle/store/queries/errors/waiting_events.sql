-- The oldest events that wait, as many as fit together into the given bytes, at least one; without
-- those of projects whose earlier ones are read again.
WITH waiting AS (
    SELECT
        id,
        sum(bytes) OVER (ORDER BY id) AS bytes,
        row_number() OVER (ORDER BY id) AS place
    FROM (
        SELECT id, bytes
        FROM error_event
        WHERE
            key IS NULL AND dead IS NULL
            AND project NOT IN (SELECT p.id FROM error_project AS p WHERE p.held_until > %(now)s)
        ORDER BY id
        LIMIT %(limit)s
    ) AS e
)

SELECT e.id, e.project, p.name AS project_name, e.received_at, e.body
FROM waiting AS w
JOIN error_event AS e ON e.id = w.id
JOIN error_project AS p ON p.id = e.project
WHERE w.place = 1 OR w.bytes <= %(bytes)s
ORDER BY e.id
