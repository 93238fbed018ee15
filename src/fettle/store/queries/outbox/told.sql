-- Who was told of issues so far.
SELECT issue, array_agg(DISTINCT receiver ORDER BY receiver) AS receivers
FROM outbox
WHERE issue = ANY(%(issues)s)
GROUP BY issue
