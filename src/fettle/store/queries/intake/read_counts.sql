-- What came of what arrived since a day, by hook and vendor.
SELECT hook, vendor, outcome, reason, sum(number)::bigint AS number, max(day) AS last_day
FROM intake_count
WHERE day >= %(since)s
GROUP BY hook, vendor, outcome, reason
ORDER BY hook, vendor, outcome, reason
