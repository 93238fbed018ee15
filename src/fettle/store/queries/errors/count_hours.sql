-- Add to the counts of hours.
INSERT INTO error_count AS c (key, hour, number)
SELECT n.key, n.hour, n.number
FROM unnest(%(key)s::bigint[], %(hour)s::timestamptz[], %(number)s::bigint[])
    AS n (key, hour, number)
ORDER BY n.key, n.hour
ON CONFLICT (key, hour) DO UPDATE SET number = c.number + excluded.number
