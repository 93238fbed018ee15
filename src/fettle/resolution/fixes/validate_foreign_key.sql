-- The foreign key of a finding: its tables and columns, quoted, and the operators that compare them.
-- Versions: 13 on. Degrades: needs no privilege.
select
    format('%%I.%%I', n.nspname, t.relname) as table,
    format('%%I', k.conname) as constraint,
    format('%%I.%%I', pn.nspname, p.relname) as parent,
    array(
        select format('%%I', a.attname)
        from unnest(k.conkey) with ordinality as key (attribute, place)
        join pg_attribute as a on a.attrelid = k.conrelid and a.attnum = key.attribute
        order by key.place
    ) as columns,
    array(
        select format('%%I', a.attname)
        from unnest(k.confkey) with ordinality as key (attribute, place)
        join pg_attribute as a on a.attrelid = k.confrelid and a.attnum = key.attribute
        order by key.place
    ) as parent_columns,
    array(
        select format('OPERATOR(%%I.%%s)', s.nspname, o.oprname)
        from unnest(k.conpfeqop) with ordinality as key (operator, place)
        join pg_operator as o on o.oid = key.operator
        join pg_namespace as s on s.oid = o.oprnamespace
        order by key.place
    ) as operators,
    k.convalidated as valid,
    k.confmatchtype = 'f' as match_full,
    pg_has_role(current_user, t.relowner, 'USAGE') as owned,
    pg_get_userbyid(t.relowner)::text as owner
from pg_constraint as k
join pg_class as t on t.oid = k.conrelid
join pg_namespace as n on n.oid = t.relnamespace
join pg_class as p on p.oid = k.confrelid
join pg_namespace as pn on pn.oid = p.relnamespace
where
    k.contype = 'f' and k.conrelid = to_regclass(%(evidence_table)s)
    and format('%%I', k.conname) = %(evidence_constraint)s
