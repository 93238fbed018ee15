-- The project of a name, made where there is none; no row when somebody makes it in this moment.
WITH known AS (
    SELECT id, number FROM error_project WHERE name = %(name)s
),

made AS (
    INSERT INTO error_project (name)
    SELECT %(name)s WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT (name) DO NOTHING
    RETURNING id, number
)

SELECT id, number FROM known
UNION ALL
SELECT id, number FROM made
