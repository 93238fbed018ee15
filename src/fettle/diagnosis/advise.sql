-- A table and those of the wanted columns that it has, quoted, and whether a usable index begins
-- with them already.
-- Versions: 13 on. Degrades: needs no privilege. Rows are estimates of vacuum and the counters.
select
    format('%%I.%%I', n.nspname, t.relname) as table,
    array(
        select format('%%I', a.attname)
        from unnest(%(columns)s::text[]) with ordinality as wanted (name, place)
        join pg_attribute as a on a.attrelid = t.oid and a.attname = wanted.name
        where a.attnum > 0 and not a.attisdropped
        order by wanted.place
    ) as columns,
    greatest(t.reltuples::bigint, pg_stat_get_live_tuples(t.oid), 0)::bigint as rows,
    exists (
        select
        from pg_index as i
        where
            i.indrelid = t.oid and i.indisvalid and i.indpred is null
            and (
                select array_agg(a.attname::text order by key.place)
                from unnest(i.indkey::int2[]) with ordinality as key (attribute, place)
                join pg_attribute as a on a.attrelid = t.oid and a.attnum = key.attribute
                where key.place <= cardinality(%(columns)s::text[])
            ) = %(columns)s::text[]
    ) as covered
from pg_class as t
join pg_namespace as n on n.oid = t.relnamespace
where n.nspname = %(schema)s and t.relname = %(table)s and t.relkind in ('r', 'm')
