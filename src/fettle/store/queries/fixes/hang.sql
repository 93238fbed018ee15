-- Let plans hang on an issue; those that do already stay.
INSERT INTO issue_plan (issue, plan, at)
SELECT %(issue)s, p, %(now)s
FROM unnest(%(plans)s::text[]) AS p
ON CONFLICT DO NOTHING
