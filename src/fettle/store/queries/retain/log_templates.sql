-- Templates that did not come for long, and of which nothing is told. Who remembers those of their
-- logs learns that by the version; a log that somebody takes just now is left for the next time.
WITH over AS (
    SELECT t.id, t.source
    FROM log_template AS t
    JOIN log_source AS s ON s.id = t.source
    WHERE
        t.last_at < %(before)s
        AND t.new_at IS NULL
        AND t.rising_at IS NULL
        AND t.vanished_at IS NULL
        AND t.muted_at IS NULL
    ORDER BY t.last_at
    LIMIT %(limit)s
    FOR NO KEY UPDATE OF s SKIP LOCKED
    FOR UPDATE OF t SKIP LOCKED
),

gone AS (
    DELETE FROM log_template AS t USING over WHERE t.id = over.id RETURNING 1
),

changed AS (
    UPDATE log_source AS s
    SET version = s.version + 1
    WHERE s.id IN (SELECT source FROM over)
)

SELECT count(*)::int AS number FROM gone
