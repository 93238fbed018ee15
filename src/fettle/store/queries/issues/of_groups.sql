-- The issue that takes what has one of these keys, where the trouble of it goes on: the one that took
-- such a thing last, else the latest that was opened by it.
SELECT DISTINCT ON (taking.key) taking.key, taking.number
FROM (
    SELECT j.key, j.issue AS number, true AS last
    FROM joining AS j
    WHERE j.key = ANY(%(keys)s)
    UNION ALL
    SELECT joined_by, number, false
    FROM issue
    WHERE joined_by = ANY(%(keys)s) AND ended_at IS NULL
) AS taking
INNER JOIN issue AS i ON i.number = taking.number
WHERE i.ended_at IS NULL AND i.status NOT IN ('resolved', 'in-review')
ORDER BY taking.key, taking.last DESC, taking.number DESC
