-- Foreign keys whose columns no index of the referencing table begins with, in any order.
-- An index covers when it is valid, ready, not partial, and a B-tree or hash index.
-- A foreign key of a partitioned table is asked of the partitioned table, once.
-- Versions: 13 on. Degrades: needs no privilege. Rows are estimates of vacuum and the counters.
with keys as (
    select k.oid, k.conname, k.conrelid, k.confrelid, k.conkey
    from pg_constraint as k
    join pg_namespace as n on n.oid = k.connamespace
    where
        k.contype = 'f' and k.conparentid = 0
        and n.nspname not in ('pg_catalog', 'information_schema')
        and not exists (
            select
            from pg_index as i
            join pg_class as c on c.oid = i.indexrelid
            join pg_am as a on a.oid = c.relam
            where
                i.indrelid = k.conrelid
                and i.indisvalid and i.indisready and i.indpred is null
                and a.amname in ('btree', 'hash')
                and i.indnkeyatts >= cardinality(k.conkey)
                -- an int2vector counts from 0
                and k.conkey <@ (i.indkey::int2[])[0:cardinality(k.conkey) - 1]
        )
)

select
    format('%I', k.conname) as constraint,
    format('%I.%I', n.nspname, t.relname) as table,
    format('%I.%I', pn.nspname, p.relname) as parent,
    array(
        select format('%I', a.attname)
        from unnest(k.conkey) with ordinality as key (attribute, place)
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = key.attribute
        order by key.place
    ) as columns,
    greatest(
        t.reltuples::bigint,
        coalesce(pg_stat_get_live_tuples(t.oid), 0),
        (
            select sum(greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid)))
            from pg_inherits as h
            join pg_class as c on c.oid = h.inhrelid
            where h.inhparent = t.oid
        ),
        0
    )::bigint as rows,
    t.relkind = 'p' as partitioned
from keys as k
join pg_class as t on t.oid = k.conrelid
join pg_namespace as n on n.oid = t.relnamespace
join pg_class as p on p.oid = k.confrelid
join pg_namespace as pn on pn.oid = p.relnamespace
order by rows desc, 2, 1
