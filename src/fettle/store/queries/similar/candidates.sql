-- Issues that are over and have something in common with one: an alert, what grouped them, the
-- class, a service, a word. Of each kind the latest.
WITH near AS (
    (
        SELECT DISTINCT s.issue AS number, true AS same_alert
        FROM alert AS a
        JOIN signal AS s ON s.alert = a.id
        WHERE a.issue = %(issue)s AND s.issue <> %(issue)s
        ORDER BY number DESC
        LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT number, false
        FROM issue
        WHERE joined_by = %(joined_by)s AND number <> %(issue)s
        ORDER BY number DESC
        LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT number, false
        FROM issue
        WHERE class = %(class)s AND number <> %(issue)s
        ORDER BY number DESC
        LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT number, false
        FROM issue
        WHERE services && %(services)s::text[] AND number <> %(issue)s
        ORDER BY number DESC
        LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT number, false
        FROM issue
        WHERE search @@ websearch_to_tsquery('simple', %(words)s) AND number <> %(issue)s
        ORDER BY number DESC
        LIMIT %(limit)s
    )
)

SELECT
    i.number, i.title, i.description, i.status, i.held_since, i.held_until, i.team, i.assignee,
    i.acknowledged_by, i.classification, i.milestones, i.joined_by, i.signals, i.merged_into,
    i.opened_at, i.changed_at, i.calls_since, i.calls_made, i.broken, i.ended_at, i.resolved_as,
    i.version, i.kept,
    n.same_alert
FROM (SELECT number, bool_or(same_alert) AS same_alert FROM near GROUP BY number) AS n
JOIN issue AS i ON i.number = n.number
WHERE i.status IN ('resolved', 'in-review', 'closed')
