-- The worse troubles of services since a moment, and those that go on: when they began and ended.
SELECT
    s.service, i.severity, i.status,
    (i.milestones ->> 'started')::timestamptz AS started,
    CASE
        WHEN i.status = ANY('{resolved,in-review,closed}')
            THEN coalesce((i.milestones ->> 'resolved')::timestamptz, i.changed_at)
    END AS over
FROM issue AS i, unnest(i.services) AS s (service)
WHERE
    i.services && %(services)s::text[]
    AND s.service = ANY(%(services)s)
    AND i.severity >= %(severity)s
    AND i.status <> ALL('{merged,declined}')
    AND (i.ended_at IS NULL OR i.ended_at > %(since)s)
ORDER BY started DESC
LIMIT 5000
