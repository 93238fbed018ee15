-- Copy runbooks onto issues, behind those that are there; what is there under its name stays. The
-- caller has the issues.
INSERT INTO runbook (issue, number, name, text, at)
SELECT
    r.issue,
    r.place + coalesce((SELECT max(b.number) FROM runbook AS b WHERE b.issue = r.issue), 0),
    r.name,
    r.text,
    %(now)s
FROM jsonb_to_recordset(%(given)s) AS r (issue bigint, place int, name text, text text)
WHERE NOT EXISTS (SELECT FROM runbook AS b WHERE b.issue = r.issue AND b.name = r.name)
ORDER BY r.issue, r.place
