-- Let plans hang on issues; those that do already stay.
INSERT INTO issue_plan (issue, plan, why, at)
SELECT r.issue, r.plan, r.why, %(now)s
FROM jsonb_to_recordset(%(hung)s) AS r (issue bigint, plan text, why text)
ON CONFLICT DO NOTHING
RETURNING issue, plan, why
