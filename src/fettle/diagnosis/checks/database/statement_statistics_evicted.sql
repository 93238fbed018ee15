-- How often statements were thrown out to make room for others, since that is counted; one row.
-- Versions: 14 on.
-- Degrades: needs no privilege.
select
    i.dealloc as evictions,
    now() - i.stats_reset as window,
    current_setting('pg_stat_statements.max')::bigint as room
from {pg_stat_statements}.pg_stat_statements_info as i
