-- Add to what was counted today.
INSERT INTO intake_count AS c (day, hook, vendor, outcome, reason, number)
SELECT (now() AT TIME ZONE 'UTC')::date, n.hook, n.vendor, n.outcome, left(n.reason, 200), sum(n.number)
FROM unnest(
    %(hook)s::text[], %(vendor)s::text[], %(outcome)s::text[], %(reason)s::text[],
    %(number)s::bigint[]
) AS n (hook, vendor, outcome, reason, number)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (day, hook, vendor, outcome, reason) DO UPDATE SET number = c.number + excluded.number
