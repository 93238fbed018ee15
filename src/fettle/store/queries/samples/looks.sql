-- The latest looks at a target, the latest first.
SELECT at, schedule, status, findings, unknown, took_s, worst
FROM look
WHERE target = %(target)s AND at > %(since)s
ORDER BY at DESC
LIMIT %(limit)s
