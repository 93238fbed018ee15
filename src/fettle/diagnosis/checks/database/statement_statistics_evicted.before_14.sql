-- How often statements were thrown out to make room for others: 13 does not count it; one row.
-- Versions: 13.
-- Degrades: needs no privilege.
select
    null::bigint as evictions,
    null::interval as window,
    current_setting('pg_stat_statements.max')::bigint as room
