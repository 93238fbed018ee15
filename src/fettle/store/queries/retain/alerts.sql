-- Alerts that ended long ago, belong to no issue, and of which no signal is left.
WITH over AS (
    SELECT a.id
    FROM alert AS a
    WHERE
        a.issue IS NULL
        AND NOT a.firing
        AND NOT a.flapping
        AND a.seen_at < %(before)s
        AND NOT EXISTS (SELECT FROM signal AS s WHERE s.alert = a.id)
    ORDER BY a.id
    LIMIT %(limit)s
    FOR UPDATE OF a SKIP LOCKED
),

gone AS (
    DELETE FROM alert USING over WHERE alert.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
