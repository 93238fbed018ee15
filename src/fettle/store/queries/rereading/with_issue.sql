-- Groups whose issue is being worked on.
SELECT a.key
FROM alert AS a
JOIN issue AS i ON i.number = a.issue
WHERE
    a.source = %(source)s AND a.key = ANY(%(keys)s)
    AND i.ended_at IS NULL AND i.status NOT IN ('resolved', 'in-review')
