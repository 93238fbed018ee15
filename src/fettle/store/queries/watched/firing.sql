-- The databases in which something goes on under a key.
SELECT database FROM watched WHERE firing ? %(key)s ORDER BY database
