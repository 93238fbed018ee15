-- Tables with rows and without a primary key, and the unique index that could become one.
-- A partitioned table is reported in place of its partitions, when any of them lacks a key.
-- Left out: unlogged, temporary and foreign tables, and those of extensions.
-- A candidate is a B-tree index over NOT NULL columns as ADD PRIMARY KEY USING INDEX takes it: not
-- partial, no expressions, not deferrable, in default order, NULLS DISTINCT. One that belongs to
-- a UNIQUE constraint already names the columns, but cannot be taken.
-- Versions: 13 on; indnullsnotdistinct is from 15 on, so it is read by name.
-- Degrades: needs no privilege. Rows are the last analyze's or the counters', whichever are more;
-- reltuples is -1 before the first analyze.
with recursive keyless as (
    select
        c.oid as part,
        greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid)) as rows
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where
        c.relkind = 'r'
        and c.relpersistence = 'p'
        and n.nspname not in ('pg_catalog', 'information_schema')
        and n.nspname not like 'pg\_toast%'
        and c.oid not in (select k.conrelid from pg_constraint as k where k.contype = 'p')
        and greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid)) > 0
),

upwards as (
    select k.part, k.part as whole, k.rows from keyless as k
    union all
    select u.part, h.inhparent, u.rows
    from upwards as u
    join pg_class as c on c.oid = u.whole and c.relispartition
    join pg_inherits as h on h.inhrelid = u.whole
),

tables as (
    select c.oid, c.relname, c.relkind, c.relreplident, c.relnamespace, sum(u.rows)::bigint as rows
    from upwards as u
    join pg_class as c on c.oid = u.whole
    where
        not c.relispartition
        and not exists (
            select
            from pg_depend as d
            where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
        )
    group by c.oid, c.relname, c.relkind, c.relreplident, c.relnamespace
)

select
    format('%I.%I', n.nspname, t.relname) as table,
    t.rows,
    t.relreplident in ('d', 'n') as no_identity,
    quote_ident(candidate.name) as candidate,
    candidate.of_constraint,
    coalesce(candidate.columns, '{{}}') as columns,
    exists (
        select from pg_attribute as a where a.attrelid = t.oid and a.attname = 'id'
    ) as has_id
from tables as t
join pg_namespace as n on n.oid = t.relnamespace
left join lateral (
    select
        x.relname::text as name,
        exists (
            select from pg_constraint as k where k.conindid = i.indexrelid and k.contype = 'u'
        ) as of_constraint,
        array(
            select format('%I', a.attname)
            from unnest(i.indkey::int2[]) with ordinality as key (attribute, place)
            join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = key.attribute
            where key.place <= i.indnkeyatts
            order by key.place
        ) as columns
    from pg_index as i
    join pg_class as x on x.oid = i.indexrelid
    join pg_am as m on m.oid = x.relam
    where
        i.indrelid = t.oid
        and t.relkind = 'r'
        and m.amname = 'btree'
        and i.indisunique
        and i.indisvalid
        and i.indisready
        and i.indimmediate
        and i.indpred is null
        and i.indexprs is null
        and 0 = all(i.indoption::int2[])
        and to_jsonb(i) ->> 'indnullsnotdistinct' is distinct from 'true'
        and not exists (
            select
            from pg_attribute as key
            join pg_attribute as a
                on a.attrelid = i.indrelid and a.attnum = i.indkey[key.attnum - 1]
            join pg_opclass as o on o.oid = i.indclass[key.attnum - 1]
            where
                key.attrelid = i.indexrelid
                and key.attnum <= i.indnkeyatts
                and not (a.attnotnull and key.attcollation = a.attcollation and o.opcdefault)
        )
    order by of_constraint, i.indnkeyatts, x.relname
    limit 1
) as candidate on true
order by t.rows desc, 1
