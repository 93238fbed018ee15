-- Let lines that could not be learnt wait again: these, those of a log, or all; the oldest first.
WITH chosen AS (
    SELECT b.id
    FROM log_batch AS b
    JOIN log_source AS s ON s.id = b.source
    WHERE
        b.dead IS NOT NULL
        AND (%(every)s OR b.id = ANY(%(ids)s::bigint[]) OR s.name = %(hook)s::text)
    ORDER BY b.id
    LIMIT %(limit)s
    FOR UPDATE OF b
)

UPDATE log_batch AS b SET dead = NULL FROM chosen WHERE b.id = chosen.id RETURNING b.id
