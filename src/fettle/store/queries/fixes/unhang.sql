-- Let plans hang on issues no more that nobody has taken and whose finding is gone.
DELETE FROM issue_plan AS i
USING plan AS p
WHERE
    i.issue = ANY(%(issues)s)
    AND p.id = i.plan
    AND p.target = %(target)s
    AND p.state IN ('waiting', 'approved')
    AND NOT (p.document -> 'finding' ->> 'key' = ANY(%(keys)s))
