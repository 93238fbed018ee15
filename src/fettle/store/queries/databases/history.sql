-- What looking at a database came to, the latest first: its status, and how many findings there were.
SELECT
    id, started_at, schedule, document ->> 'status' AS status,
    jsonb_array_length(document -> 'findings') AS findings,
    jsonb_array_length(document -> 'unknown') AS unknown
FROM diagnosis
WHERE target = %(target)s
ORDER BY started_at DESC, id DESC
LIMIT %(limit)s
