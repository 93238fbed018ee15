-- Tables with rows and without a primary key, and the unique index that could become one.
-- Partitions are left to their parent; temporary tables and those of extensions are left out.
-- Versions: 13 on. Degrades: needs no privilege. Rows are estimates of vacuum and the counters.
select
    format('%I.%I', n.nspname, c.relname) as table,
    greatest(
        c.reltuples::bigint,
        pg_stat_get_live_tuples(c.oid),
        (
            select sum(greatest(p.reltuples::bigint, pg_stat_get_live_tuples(p.oid)))
            from pg_inherits as h
            join pg_class as p on p.oid = h.inhrelid
            where h.inhparent = c.oid and c.relkind = 'p'
        ),
        0
    )::bigint as rows,
    (
        select format('%I', x.relname)
        from pg_index as i
        join pg_class as x on x.oid = i.indexrelid
        where
            i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate
            and i.indpred is null and i.indexprs is null and c.relkind = 'r'
            and not exists (
                select from pg_attribute as a
                where a.attrelid = c.oid and a.attnum = any(i.indkey::int2[]) and not a.attnotnull
            )
            and not exists (select from pg_constraint as k where k.conindid = i.indexrelid)
        order by i.indnkeyatts, x.relname
        limit 1
    ) as candidate,
    c.relreplident = 'd' as no_identity
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
left join pg_constraint as k on k.conrelid = c.oid and k.contype = 'p'
where
    c.relkind in ('r', 'p')
    and k.oid is null
    and not c.relispartition
    and c.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
    and not exists (
        select from pg_depend as d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    )
order by rows desc, 1
