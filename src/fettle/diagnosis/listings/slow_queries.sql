-- The ten slowest statements by mean time, above 1 second, from pg_stat_statements.
-- Versions: 13 on, with the extension. Literals are already normalised by the extension, save in
-- utility statements, which are left out.
-- Degrades: without pg_read_all_stats other users' statements have no text.
select
    left(query, 2000) as query,
    calls,
    round(total_exec_time::numeric, 1) as total_ms,
    round(mean_exec_time::numeric, 1) as mean_ms,
    round(min_exec_time::numeric, 1) as min_ms,
    round(max_exec_time::numeric, 1) as max_ms,
    round(stddev_exec_time::numeric, 1) as stddev_ms
from {pg_stat_statements}.pg_stat_statements
where
    dbid = (select oid from pg_database where datname = current_database())
    and mean_exec_time > 1000
    and query ~* '^\s*(/\*.*?\*/\s*)*(select|insert|update|delete|with|merge|table|values|\()'
order by mean_exec_time desc
limit 10
