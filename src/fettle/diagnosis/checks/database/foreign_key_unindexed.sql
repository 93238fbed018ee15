-- Foreign keys whose columns no index of the referencing table begins with, in any order.
-- An index covers when it is valid, ready, a B-tree or hash index, has the columns' collations,
-- and is not partial; or leaves out only the rows in which a column of the key is null, for an
-- equality never asks for those.
-- A foreign key of a partitioned table is asked of its partitions, for an index may stand on each
-- of them and none on the whole; it is reported once.
-- Versions: 13 on; a key that is NOT ENFORCED (from 18 on, so read by name) never looks for rows.
-- Degrades: needs no privilege. Rows are the last analyze's or the counters',
-- whichever are more; reltuples is -1 before the first analyze.
with recursive family as (
    select k.oid, k.oid as root, k.conrelid, k.conkey
    from pg_constraint as k
    where k.contype = 'f' and k.conparentid = 0
    union all
    select k.oid, f.root, k.conrelid, k.conkey
    from family as f
    join pg_constraint as k on k.conparentid = f.oid
    -- a partition of the parent table has a constraint too, on the same child
    where k.contype = 'f' and k.conrelid <> f.conrelid
),

covered as (
    select distinct f.oid
    from family as f
    join pg_index as i on i.indrelid = f.conrelid
    join pg_class as c on c.oid = i.indexrelid
    join pg_am as a on a.oid = c.relam
    where
        i.indisvalid
        and i.indisready
        and a.amname in ('btree', 'hash')
        and i.indnkeyatts >= cardinality(f.conkey)
        -- an int2vector counts from 0
        and (i.indkey::int2[])[0:cardinality(f.conkey) - 1] @> f.conkey
        and (
            0 = all((i.indcollation::oid[])[0:cardinality(f.conkey) - 1])
            or (i.indcollation::oid[])[0:cardinality(f.conkey) - 1] <@ array(
                select t.attcollation
                from pg_attribute as t
                where t.attrelid = f.conrelid and t.attnum = any(f.conkey)
            )
        )
        and (
            i.indpred is null
            or substring(
                i.indpred::text,
                '^.NULLTEST :arg .VAR :varno 1 :varattno (\d+) :[^A-Z]*:nulltesttype 1 [^A-Z]*$'
            )::int2 = any(f.conkey)
        )
),

bare as (
    select
        f.root,
        sum(greatest(t.reltuples::bigint, pg_stat_get_live_tuples(t.oid), 0))::bigint as rows,
        -- the largest first
        array_agg(
            format('%I.%I', n.nspname, t.relname) order by t.relpages desc, t.relname
        ) filter (where t.relispartition) as partitions
    from family as f
    join pg_class as t on t.oid = f.conrelid
    join pg_namespace as n on n.oid = t.relnamespace
    where
        t.relkind = 'r'
        and t.relpersistence <> 't'
        and f.oid not in (select c.oid from covered as c)
    group by f.root
),

-- apart, for as a condition on pg_constraint it would be asked of every constraint
enforced as materialized (
    select b.*, to_jsonb(k) ->> 'conenforced' as enforced
    from bare as b
    join pg_constraint as k on k.oid = b.root
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
    b.rows,
    t.relkind = 'p' as partitioned,
    coalesce(b.partitions, '{{}}') as partitions
from enforced as b
join pg_constraint as k on k.oid = b.root
join pg_class as t on t.oid = k.conrelid
join pg_namespace as n on n.oid = t.relnamespace
join pg_class as p on p.oid = k.confrelid
join pg_namespace as pn on pn.oid = p.relnamespace
where
    b.enforced is distinct from 'false'
    and not exists (
        select
        from pg_depend as d
        where d.classid = 'pg_class'::regclass and d.objid = t.oid and d.deptype = 'e'
    )
order by b.rows desc, 2, 1
