-- How many looks of each day came to which status.
SELECT target, day, status, looks
FROM look_day
WHERE target = ANY(%(targets)s::bigint[]) AND day >= %(since)s
ORDER BY target, day
