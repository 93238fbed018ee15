-- How often which severity was said, and by whom or what, where another one was right.
SELECT
    said_by,
    said_severity,
    settled_severity,
    count(*) AS times,
    count(*) FILTER (WHERE corrected) AS corrected
FROM decision
WHERE at >= %(since)s AND at < %(until)s AND said_by <> 'person'
GROUP BY said_by, said_severity, settled_severity
ORDER BY said_by, said_severity, settled_severity
