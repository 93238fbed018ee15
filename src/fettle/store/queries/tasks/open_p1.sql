-- The p1 issues that are worked on: what they are about, and where they show.
SELECT
    i.number, i.title, i.services,
    coalesce(
        (SELECT array_agg(DISTINCT s.target) FROM investigation AS s WHERE s.issue = i.number), '{}'
    ) AS databases
FROM issue AS i
WHERE i.ended_at IS NULL AND i.priority = 'p1' AND i.status <> ALL('{resolved,in-review}')
ORDER BY i.number
LIMIT 50
