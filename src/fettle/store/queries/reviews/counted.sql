-- Issues that were opened in a time, as they are counted; merged ones are counted where they went.
-- Nobody touched what was never taken, and of which no person wrote anything in its timeline.
SELECT
    i.opened_at,
    i.team,
    i.services,
    i.class,
    (i.milestones ->> 'started')::timestamptz AS started,
    (i.milestones ->> 'detected')::timestamptz AS detected,
    (i.milestones ->> 'acknowledged')::timestamptz AS acknowledged,
    (i.milestones ->> 'mitigated')::timestamptz AS mitigated,
    (i.milestones ->> 'resolved')::timestamptz AS resolved,
    i.status = 'declined' AS declined,
    i.status = 'declined' AND EXISTS (
        SELECT FROM timeline AS t
        WHERE
            t.issue = i.number AND t.event = 'declined' AND t.detail ->> 'why' = 'false-positive'
    ) AS false_positive,
    i.status IN ('resolved', 'in-review', 'closed') AS over,
    i.milestones ->> 'acknowledged' IS NOT NULL OR EXISTS (
        SELECT FROM timeline AS t
        WHERE
            t.issue = i.number
            AND t.event IN ('note', 'assigned', 'held', 'reclassified', 'resolved', 'reopened')
            AND t.actor ~ '^(cli|token|user|link):[^/]*$'
    ) AS touched,
    EXISTS (SELECT FROM clock_event AS e WHERE e.issue = i.number AND e.act = 'breached')
        AS breached,
    EXISTS (SELECT FROM link AS l WHERE l.issue = i.number AND l.kind = 'recurrence') AS returned
FROM issue AS i
WHERE
    i.opened_at >= %(start)s
    AND i.opened_at < %(end)s
    AND i.status <> 'merged'
    AND (%(team)s::text IS NULL OR i.team = %(team)s)
    AND (%(service)s::text IS NULL OR i.services @> ARRAY[%(service)s::text])
ORDER BY i.opened_at
LIMIT %(limit)s
