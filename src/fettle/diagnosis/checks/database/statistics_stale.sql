-- Tables whose rows have changed since the planner's statistics were made, against autovacuum's
-- own trigger for ANALYZE. Autovacuum never analyses a partitioned table itself, so partitioned
-- parents are left out: their age says nothing of a fault.
-- Versions: 13 on. Degrades: needs no privilege.
select
    format('%I.%I', s.schemaname, s.relname) as table,
    s.n_mod_since_analyze as modified,
    s.n_live_tup as rows,
    greatest(s.last_analyze, s.last_autoanalyze) is null as never,
    (
        coalesce(
            (select option_value::float8 from pg_options_to_table(c.reloptions)
             where option_name = 'autovacuum_analyze_threshold'),
            current_setting('autovacuum_analyze_threshold')::float8
        )
        + coalesce(
            (select option_value::float8 from pg_options_to_table(c.reloptions)
             where option_name = 'autovacuum_analyze_scale_factor'),
            current_setting('autovacuum_analyze_scale_factor')::float8
        ) * greatest(c.reltuples, 0)
    )::float8 as trigger
from pg_stat_user_tables as s
join pg_class as c on c.oid = s.relid
where c.relkind in ('r', 'm') and c.relpersistence <> 't' and s.n_mod_since_analyze > 0
order by s.n_mod_since_analyze desc
