-- Issues that ended long ago and of which no alert goes on. One that others were merged into comes
-- after them; one that was merged goes no sooner than what it was merged into may. What a review
-- promised and nobody has done keeps its issue.
SELECT i.number
FROM issue AS i
LEFT JOIN issue AS into_ ON into_.number = i.merged_into
WHERE
    i.ended_at < %(before)s
    AND (i.merged_into IS NULL OR into_.ended_at < %(before)s)
    AND NOT EXISTS (SELECT FROM issue AS merged WHERE merged.merged_into = i.number)
    AND NOT EXISTS (
        SELECT FROM alert AS a WHERE a.issue = i.number AND (a.firing OR a.flapping)
    )
    AND NOT EXISTS (
        SELECT FROM action_item AS p WHERE p.issue = i.number AND p.state = 'open'
    )
ORDER BY i.ended_at
LIMIT %(limit)s
FOR UPDATE OF i SKIP LOCKED
