-- The 20 largest tables, with their indexes, TOAST and dead rows.
-- Sizes are relpages of the last vacuum or analyze: reading the files' sizes would stand in the
-- queue behind an ALTER TABLE. Versions: 13 on. Degrades: needs no privilege.
with indexed as (
    select i.indrelid as relation, sum(x.relpages)::bigint as pages
    from pg_index as i
    join pg_class as x on x.oid = i.indexrelid
    group by i.indrelid
),

sizes as (
    select
        c.oid,
        c.relpages::bigint as heap,
        coalesce(t.relpages, 0)::bigint as toast,
        coalesce(own.pages, 0) + coalesce(toasts.pages, 0) as indexes
    from pg_class as c
    left join pg_class as t on t.oid = c.reltoastrelid
    left join indexed as own on own.relation = c.oid
    left join indexed as toasts on toasts.relation = c.reltoastrelid
    where c.relkind in ('r', 'm') and c.relpersistence <> 't'
)

select
    n.nspname as schema,
    c.relname as table,
    (s.heap + s.toast + s.indexes) * current_setting('block_size')::bigint as size_bytes,
    s.indexes * current_setting('block_size')::bigint as index_bytes,
    greatest(c.reltuples, 0)::bigint as rows,
    u.n_dead_tup as dead_rows,
    round(100.0 * u.n_dead_tup / nullif(u.n_live_tup + u.n_dead_tup, 0), 1) as dead_percent
from sizes as s
join pg_class as c on c.oid = s.oid
join pg_namespace as n on n.oid = c.relnamespace
left join pg_stat_all_tables as u on u.relid = c.oid
where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
order by 3 desc, 1, 2
limit 20
