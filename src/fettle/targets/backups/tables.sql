-- The tables of a database that hold rows of their own, and how large each is: none of the system's,
-- none of an extension's, no foreign ones. PostgreSQL 13 to 18, for every role.
SELECT n.nspname::text AS schema, c.relname::text AS name, pg_table_size(c.oid) AS size,
       has_table_privilege(c.oid, 'SELECT') AS readable
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r'
  AND c.relpersistence = 'p'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend AS d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY pg_table_size(c.oid) DESC, 1, 2
