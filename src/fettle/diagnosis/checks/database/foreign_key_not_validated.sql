-- Foreign keys and CHECK constraints that were added NOT VALID and never validated.
-- A constraint of a partitioned table is asked of the partitioned table, once. Constraints that
-- are NOT ENFORCED (from 18 on, so the column is read by name) are never valid, on purpose.
-- Versions: 13 on. Degrades: needs no privilege.
select
    format('%I', k.conname) as constraint,
    format('%I.%I', n.nspname, t.relname) as table,
    case when k.confrelid <> 0 then format('%I.%I', pn.nspname, p.relname) end as parent,
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
    k.contype in ('f', 'c') and not k.convalidated and k.conparentid = 0
    and t.relkind in ('r', 'p')
    and n.nspname not in ('pg_catalog', 'information_schema')
    and to_jsonb(k) ->> 'conenforced' is distinct from 'false'
order by 2, 1
