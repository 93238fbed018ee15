-- Count with a template what was counted with those that it took in.
INSERT INTO log_count AS c (template, hour, lines, late)
SELECT m.into_, k.hour, sum(k.lines), sum(k.late)
FROM unnest(%(of)s::bigint[], %(into_)s::bigint[]) AS m (of, into_)
JOIN log_count AS k ON k.template = m.of
GROUP BY m.into_, k.hour
ORDER BY m.into_, k.hour
ON CONFLICT (template, hour) DO UPDATE
SET lines = c.lines + excluded.lines, late = c.late + excluded.late
