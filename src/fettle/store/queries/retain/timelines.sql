-- What happened to issues that are over.
WITH over AS (
    SELECT id FROM timeline WHERE issue = ANY(%(issues)s::bigint[]) LIMIT %(limit)s
),

gone AS (
    DELETE FROM timeline USING over WHERE timeline.id = over.id RETURNING 1
)

SELECT count(*)::int AS number FROM gone
