-- Plans by the beginning of their id; two are enough to tell that it is ambiguous.
SELECT document
FROM plan
WHERE starts_with(id, %(prefix)s)
LIMIT 2
