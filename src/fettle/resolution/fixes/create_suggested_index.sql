-- The table and the columns that an index was suggested for, as the catalogue has them; a column
-- that is not there is left out.
-- Versions: 13 on. Degrades: needs no privilege.
select
    format('%%I.%%I', n.nspname, t.relname) as table,
    n.nspname::text as schema,
    t.relname::text as name,
    array(
        select a.attname::text
        from jsonb_array_elements_text(%(evidence_index_columns)s::jsonb)
            with ordinality as wanted (name, place)
        join pg_attribute as a on a.attrelid = t.oid and a.attname = wanted.name
        where a.attnum > 0 and not a.attisdropped
        order by wanted.place
    ) as columns,
    array(select c.relname::text from pg_class as c where c.relnamespace = n.oid) as taken,
    t.relkind = 'p' as partitioned,
    pg_has_role(current_user, t.relowner, 'USAGE') as owned,
    pg_get_userbyid(t.relowner)::text as owner,
    jsonb_array_length(%(evidence_index_columns)s::jsonb)::int as wanted
from pg_class as t
join pg_namespace as n on n.oid = t.relnamespace
where t.oid = to_regclass(%(evidence_index_table)s)
