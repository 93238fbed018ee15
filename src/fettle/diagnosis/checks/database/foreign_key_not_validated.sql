-- Foreign keys, CHECK and NOT NULL constraints that were added NOT VALID and never validated.
-- A partition's or heir's constraint is left to the one that it has it from: validating that one
-- validates all. One that is NOT ENFORCED is never valid, on purpose.
-- Versions: 13 on; conenforced is from 18 on, so it is read by name.
-- Degrades: needs no privilege. The condition of a CHECK is not shown: reading it waits for locks.
select
    format('%I', k.conname) as constraint,
    format('%I.%I', n.nspname, t.relname) as table,
    case when p.oid is not null then format('%I.%I', pn.nspname, p.relname) end as parent,
    case k.contype when 'f' then 'FOREIGN KEY' when 'c' then 'CHECK' else 'NOT NULL' end as kind,
    k.confmatchtype = 'f' as match_full,
    array(
        select format('%I', a.attname)
        from unnest(k.conkey) with ordinality as key (attribute, place)
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = key.attribute
        order by key.place
    ) as columns,
    array(
        select format('%I', a.attname)
        from unnest(k.confkey) with ordinality as key (attribute, place)
        join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = key.attribute
        order by key.place
    ) as parent_columns
from pg_constraint as k
join pg_class as t on t.oid = k.conrelid
join pg_namespace as n on n.oid = t.relnamespace
left join pg_class as p on p.oid = k.confrelid
left join pg_namespace as pn on pn.oid = p.relnamespace
where
    k.contype in ('f', 'c', 'n')
    and not k.convalidated
    and k.conparentid = 0
    and k.coninhcount = 0
    and t.relkind in ('r', 'p')
    and t.relpersistence <> 't'
    and n.nspname not in ('pg_catalog', 'information_schema')
    and to_jsonb(k) ->> 'conenforced' is distinct from 'false'
    and not exists (
        select
        from pg_depend as d
        where d.classid = 'pg_class'::regclass and d.objid = t.oid and d.deptype = 'e'
    )
order by 2, 1
