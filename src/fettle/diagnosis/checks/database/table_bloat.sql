-- Dead rows of each table, and for large tables how much of the file would do for its rows.
-- The estimate: rows * (average width of the visible columns + 28 bytes of header and pointer,
-- rounded up to 8) against the pages there are. It is an estimate of pg_stats, so it is made only
-- for tables of 100 MiB and more.
-- Versions: 13 on; pg_read_all_data is from 14 on. Degrades: pg_stats shows only tables that one may
-- read; for others the width is null, and the estimate is not made.
with tables as (
    select
        s.relid, s.schemaname, s.relname, s.n_dead_tup, s.n_live_tup, c.relpages, c.reltuples,
        c.reloptions,
        coalesce(
            (select option_value::float8 from pg_options_to_table(c.reloptions)
             where option_name = 'fillfactor'), 100
        ) / 100 as fill
    from pg_stat_user_tables as s
    join pg_class as c on c.oid = s.relid
    where c.relpersistence <> 't' and (s.n_dead_tup > 0 or c.relpages >= 12800)
),

widths as (
    select t.relid, sum((1 - p.null_frac) * p.avg_width) as width
    from tables as t
    join pg_stats as p on p.schemaname = t.schemaname and p.tablename = t.relname
    where t.relpages >= 12800 and not p.inherited
    group by t.relid
)

select
    format('%I.%I', t.schemaname, t.relname) as table,
    t.n_dead_tup as dead,
    t.n_live_tup as live,
    t.relpages::bigint * current_setting('block_size')::bigint as size,
    (
        t.relpages - t.reltuples * 8 * ceil((w.width + 28) / 8)
        / t.fill / (current_setting('block_size')::float8 - 24)
    ) * current_setting('block_size')::float8 as free,
    t.relpages >= 12800 and t.reltuples > 0 and w.width is null as hidden,
    current_user::text as "user",
    case
        when current_setting('server_version_num')::int >= 140000
            then format('GRANT pg_read_all_data TO %I;', current_user)
        else format('GRANT SELECT ON %I.%I TO %I;', t.schemaname, t.relname, current_user)
    end as remedy
from tables as t
left join widths as w on w.relid = t.relid
order by t.n_dead_tup desc
