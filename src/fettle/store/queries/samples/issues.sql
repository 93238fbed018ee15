-- Issues that go on and are about targets: as services, or by what was found of them.
SELECT f.name, array_agg(DISTINCT f.number ORDER BY f.number) AS numbers
FROM (
    SELECT s.name, i.number
    FROM issue AS i, unnest(i.services) AS s (name)
    WHERE
        i.services && %(names)s::text[]
        AND s.name = ANY(%(names)s)
        AND i.ended_at IS NULL
        AND i.status NOT IN ('resolved', 'in-review')
    UNION ALL
    SELECT n.name, i.number
    FROM unnest(%(names)s::text[]) AS n (name)
    JOIN alert AS a ON a.source = 'checks/' || n.name AND a.firing
    JOIN issue AS i ON i.number = a.issue
    WHERE i.ended_at IS NULL AND i.status NOT IN ('resolved', 'in-review')
) AS f
GROUP BY f.name
