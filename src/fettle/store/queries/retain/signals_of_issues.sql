-- Signals of issues that are over. One of an alert that goes on, elsewhere, stays with the alert.
WITH over AS (
    SELECT s.id, a.firing OR a.flapping AS goes_on
    FROM signal AS s
    JOIN alert AS a ON a.id = s.alert
    WHERE s.issue = ANY(%(issues)s::bigint[])
    LIMIT %(limit)s
),

stays AS (
    UPDATE signal SET issue = NULL FROM over WHERE signal.id = over.id AND over.goes_on RETURNING 1
),

gone AS (
    DELETE FROM signal USING over WHERE signal.id = over.id AND NOT over.goes_on RETURNING 1
)

SELECT (SELECT count(*) FROM stays)::int + (SELECT count(*) FROM gone)::int AS number
