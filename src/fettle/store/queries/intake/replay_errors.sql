-- Let errors that could not be digested wait again: these, those of an application, or all; the
-- oldest first.
WITH chosen AS (
    SELECT e.id
    FROM error_event AS e
    JOIN error_project AS p ON p.id = e.project
    WHERE
        e.key IS NULL AND e.dead IS NOT NULL
        AND (%(every)s OR e.id = ANY(%(ids)s::bigint[]) OR p.name = %(hook)s::text)
    ORDER BY e.id
    LIMIT %(limit)s
    FOR UPDATE OF e
)

UPDATE error_event AS e SET dead = NULL FROM chosen WHERE e.id = chosen.id RETURNING e.id
