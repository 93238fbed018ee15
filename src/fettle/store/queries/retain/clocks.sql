-- What happened to the clocks of issues that are over.
WITH over AS (
    SELECT id FROM clock_event WHERE issue = ANY(%(issues)s::bigint[]) LIMIT %(limit)s
),

gone AS (
    DELETE FROM clock_event USING over WHERE clock_event.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
