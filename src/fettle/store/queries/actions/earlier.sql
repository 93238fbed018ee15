-- What earlier reviews promised and nobody has done yet, of issues that one is the return of, or that
-- were of its class on one of its services.
SELECT
    a.id, a.issue, a.title, a.owner, a.team, a.due, a.state, a.reason, a.created_at, a.created_by,
    a.changed_at, a.ended_at
FROM action_item AS a
INNER JOIN issue AS i ON i.number = a.issue
INNER JOIN issue AS own ON own.number = %(issue)s
WHERE
    a.state = 'open'
    AND i.number < own.number
    AND (
        (i.class = own.class AND i.services && own.services)
        OR EXISTS (
            SELECT FROM link AS l
            WHERE l.issue = own.number AND l.other = i.number AND l.kind = 'recurrence'
        )
    )
ORDER BY a.id DESC
LIMIT 50
