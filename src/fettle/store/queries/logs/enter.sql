-- The id of a log by its name, made where there is none and there may be more; no row else. It is of
-- the service that was named last.
WITH served AS (
    UPDATE log_source
    SET service = %(service)s
    WHERE name = %(name)s AND service IS DISTINCT FROM %(service)s
        AND %(service)s::text IS NOT NULL
),

made AS (
    INSERT INTO log_source (name, service, begun_at, seen_at)
    SELECT %(name)s, %(service)s, %(now)s, %(now)s
    WHERE
        NOT EXISTS (SELECT FROM log_source WHERE name = %(name)s)
        AND (SELECT count(*) FROM log_source) < %(most)s
    ON CONFLICT (name) DO NOTHING
    RETURNING id
)

SELECT id FROM made
UNION ALL
SELECT id FROM log_source WHERE name = %(name)s
