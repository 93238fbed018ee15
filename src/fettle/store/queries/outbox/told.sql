-- Who was told of issues so far, or of what was merged into them.
WITH RECURSIVE part (issue, number) AS (
    SELECT number, number FROM issue WHERE number = ANY(%(issues)s)
    UNION
    SELECT p.issue, i.number
    FROM part AS p
    INNER JOIN issue AS i ON i.merged_into = p.number
)

SELECT p.issue, array_agg(DISTINCT o.receiver ORDER BY o.receiver) AS receivers
FROM part AS p
INNER JOIN outbox AS o ON o.issue = p.number
GROUP BY p.issue
