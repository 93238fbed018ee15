-- Return a key of this installation, made when it is first asked for.
WITH made AS (
    INSERT INTO secret (name, value)
    VALUES (%(name)s, %(value)s)
    ON CONFLICT DO NOTHING
    RETURNING value
)

SELECT value FROM made
UNION ALL
SELECT value FROM secret WHERE name = %(name)s
LIMIT 1
