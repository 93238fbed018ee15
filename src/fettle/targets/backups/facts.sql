-- What a database is now: its version, name and size, the cluster that it is in, and how it sorts.
-- PostgreSQL 13 to 18, for every role; what only newer ones have is read out of the row as a whole.
SELECT current_setting('server_version_num')::int / 10000 AS major,
       d.datname::text AS name,
       pg_database_size(d.oid) AS size,
       (SELECT system_identifier FROM pg_control_system()) AS system,
       pg_encoding_to_char(d.encoding)::text AS encoding,
       d.datcollate::text AS collate,
       d.datctype::text AS ctype,
       to_jsonb(d) AS whole
FROM pg_database AS d
WHERE d.datname = current_database()
