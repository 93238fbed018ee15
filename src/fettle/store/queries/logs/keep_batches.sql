-- Keep what lines came to, unless so much waits already that nobody seems to take it; all or none.
INSERT INTO log_batch (source, at, late, lines, kinds)
SELECT %(source)s, %(at)s, %(late)s, b.lines, b.kinds
FROM unnest(%(lines)s::bigint[], %(kinds)s::jsonb[]) WITH ORDINALITY AS b (lines, kinds, place)
WHERE (
    SELECT count(*)
    FROM (SELECT FROM log_batch WHERE dead IS NULL LIMIT %(most)s) AS w
) < %(most)s
ORDER BY b.place
RETURNING id
