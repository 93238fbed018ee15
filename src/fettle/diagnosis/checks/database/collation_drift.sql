-- Collations whose library has changed since the indexes that use them were built.
-- Versions: 15 on, which record the version of the database's own collation too.
-- Degrades: needs no privilege. A version that the library does not give is not compared.
with changed as (
    select
        'collation' as kind,
        c.oid,
        format('%I.%I', n.nspname, c.collname) as name,
        c.collversion as recorded,
        pg_collation_actual_version(c.oid) as actual
    from pg_collation as c
    join pg_namespace as n on n.oid = c.collnamespace
    where c.collversion is not null
    union all
    select
        'database',
        'pg_catalog.default'::regcollation,
        format('%I', d.datname),
        d.datcollversion,
        pg_database_collation_actual_version(d.oid)
    from pg_database as d
    where d.datname = current_database() and d.datcollversion is not null
)

select
    d.kind,
    d.name,
    d.recorded,
    d.actual,
    count(*)::int as indexes,
    (array_agg(format('%I.%I', n.nspname, c.relname) order by c.relpages desc, c.relname))[1:20]
        as largest
from changed as d
join pg_index as i on d.oid = any(i.indcollation::oid[])
join pg_class as c on c.oid = i.indexrelid
join pg_namespace as n on n.oid = c.relnamespace
where
    d.recorded <> d.actual
    and c.relkind = 'i' and c.relpersistence <> 't' and n.nspname <> 'information_schema'
group by d.kind, d.name, d.recorded, d.actual
order by d.kind, d.name
