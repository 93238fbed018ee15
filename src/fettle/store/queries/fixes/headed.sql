-- What plans are about.
SELECT id AS plan, fix, subject, document -> 'finding' ->> 'key' AS finding
FROM plan
WHERE id = ANY(%(plans)s)
