-- The tables that hold what was kept: all of the store's but the record of its migrations, and the
-- list of those who work at this moment.
SELECT relname AS name
FROM pg_catalog.pg_class
WHERE relnamespace = to_regnamespace(%(schema)s) AND relkind IN ('r', 'p')
    AND relname NOT IN ('migration', 'worker')
ORDER BY relname
