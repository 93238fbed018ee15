-- How many indexes of a database amcheck looks at. PostgreSQL 13 to 18, for every role.
SELECT count(*) AS indexes
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_am AS a ON a.oid = c.relam
WHERE a.amname = 'btree'
