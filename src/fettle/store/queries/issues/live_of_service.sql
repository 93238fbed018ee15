-- Issues about a service whose trouble goes on, the latest first.
SELECT number
FROM issue
WHERE
    services @> ARRAY[%(service)s::text]
    AND ended_at IS NULL
    AND status NOT IN ('resolved', 'in-review')
ORDER BY number DESC
LIMIT %(limit)s
