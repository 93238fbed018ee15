-- Issues that are over and are like new ones: 1 by the alert, which belongs to the earlier one until
-- the new one is kept; 2 by what their source groups itself; 3 by class and service. Of each kind
-- the latest few.
WITH new AS (
    SELECT n.number, n.source, n.key, n.joined_by, n.class, n.services
    FROM jsonb_to_recordset(%(issues)s) AS n (
        number bigint, source text, key text, joined_by text, class text, services jsonb
    )
),

alike AS (
    SELECT n.number, a.issue AS other, 1 AS likeness
    FROM new AS n
    INNER JOIN alert AS a ON a.source = n.source AND a.key = n.key
    WHERE a.issue IS NOT NULL
    UNION ALL
    SELECT n.number, o.number, 2
    FROM new AS n
    CROSS JOIN LATERAL (
        SELECT i.number
        FROM issue AS i
        WHERE i.joined_by = n.joined_by AND i.status IN ('resolved', 'in-review', 'closed')
        ORDER BY i.number DESC
        LIMIT 5
    ) AS o
    WHERE n.joined_by NOT LIKE 'kind %%'
    UNION ALL
    SELECT n.number, o.number, 3
    FROM new AS n
    CROSS JOIN LATERAL (
        SELECT i.number, i.services
        FROM issue AS i
        WHERE i.class = n.class AND i.status IN ('resolved', 'in-review', 'closed')
        ORDER BY i.number DESC
        LIMIT 50
    ) AS o
    WHERE EXISTS (
        SELECT FROM jsonb_array_elements_text(n.services) AS s (name) WHERE s.name = ANY(o.services)
    )
)

SELECT
    a.number AS new,
    i.number,
    min(a.likeness) AS likeness,
    -- older issues were resolved by people's word without being taken
    i.milestones ->> 'acknowledged' IS NOT NULL
    OR EXISTS (
        SELECT FROM timeline AS t
        WHERE
            t.issue = i.number
            AND (
                t.event = 'remedy-helped'
                OR (t.event = 'resolved' AND t.detail ->> 'evidence' = 'word')
            )
    ) AS mended,
    (i.milestones ->> 'resolved')::timestamptz AS resolved_at
FROM alike AS a
INNER JOIN issue AS i ON i.number = a.other
WHERE i.number <> a.number AND i.status IN ('resolved', 'in-review', 'closed')
GROUP BY a.number, i.number
