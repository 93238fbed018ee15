-- The alerts of an issue.
SELECT id FROM alert WHERE issue = %(issue)s ORDER BY id
