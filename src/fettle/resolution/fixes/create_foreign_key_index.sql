-- The foreign key of a finding: its table, its columns, and names of indexes that are taken.
-- Versions: 13 on. Degrades: needs no privilege.
select
    format('%%I.%%I', n.nspname, t.relname) as table,
    n.nspname::text as schema,
    t.relname::text as name,
    array(
        select a.attname::text
        from unnest(k.conkey) with ordinality as key (attribute, place)
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = key.attribute
        order by key.place
    ) as columns,
    array(select c.relname::text from pg_class as c where c.relnamespace = n.oid) as taken,
    t.relkind = 'p' as partitioned,
    pg_has_role(current_user, t.relowner, 'USAGE') as owned,
    pg_get_userbyid(t.relowner)::text as owner
from pg_constraint as k
join pg_class as t on t.oid = k.conrelid
join pg_namespace as n on n.oid = t.relnamespace
where
    k.contype = 'f' and k.conrelid = to_regclass(%(evidence_table)s)
    and format('%%I', k.conname) = %(evidence_constraint)s
