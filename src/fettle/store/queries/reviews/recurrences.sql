-- What came back after it was fixed, the latest first: by what it is like the earlier issue, and how
-- many of the promises that followed that one nobody has kept yet.
SELECT
    l.issue,
    i.title,
    i.status,
    i.team,
    i.opened_at,
    l.other AS earlier,
    (o.milestones ->> 'resolved')::timestamptz AS fixed_at,
    coalesce(t.why, '') AS why,
    (SELECT count(*) FROM action_item AS a WHERE a.issue = l.other AND a.state = 'open') AS promised
FROM link AS l
INNER JOIN issue AS i ON i.number = l.issue
INNER JOIN issue AS o ON o.number = l.other
LEFT JOIN LATERAL (
    SELECT e.detail ->> 'why' AS why
    FROM timeline AS e
    WHERE
        e.issue = l.issue
        AND e.event = 'recurrence'
        AND e.detail ->> 'issue' = l.other::text
    LIMIT 1
) AS t ON true
WHERE l.kind = 'recurrence' AND (%(team)s::text IS NULL OR i.team = %(team)s)
ORDER BY l.issue DESC
LIMIT %(limit)s
