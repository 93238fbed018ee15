-- Add visits to their days; in one order, so that two who add wait for each other in no circle.
INSERT INTO field_day AS f (page, profile, metric, day, counts)
SELECT page, profile, metric, day, counts
FROM
    jsonb_to_recordset(%(added)s::jsonb)
        AS a (page bigint, profile text, metric text, day date, counts int[])
ORDER BY page, profile, metric, day
ON CONFLICT (page, profile, metric, day) DO UPDATE
SET
    counts = (
        SELECT array_agg(coalesce(u.had, 0) + coalesce(u.more, 0) ORDER BY u.bucket)
        FROM unnest(f.counts, excluded.counts) WITH ORDINALITY AS u (had, more, bucket)
    )
