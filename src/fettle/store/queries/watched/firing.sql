-- The targets in which something goes on under a key.
SELECT target FROM watched WHERE firing ? %(key)s ORDER BY target
