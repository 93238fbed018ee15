-- The indexes that depend on a changed collation, as they are now.
-- Versions: 13 on; the database's own collation has a version from 15 on, so it is read by name.
-- Degrades: needs no privilege.
with changed as (
    select c.oid, 'collation' as kind, format('%%I.%%I', n.nspname, c.collname) as name
    from pg_collation as c
    join pg_namespace as n on n.oid = c.collnamespace
    where
        c.collversion <> pg_collation_actual_version(c.oid)
        and %(subject)s = format('collation %%I.%%I', n.nspname, c.collname)
    union all
    select 'pg_catalog.default'::regcollation, 'database', format('%%I', d.datname)
    from pg_database as d
    where
        d.datname = current_database() and to_jsonb(d) ->> 'datcollversion' is not null
        and %(subject)s = format('database %%I', d.datname)
)

select
    d.kind,
    d.name,
    format('%%I.%%I', n.nspname, c.relname) as index,
    n.nspname::text as schema,
    c.relname::text as index_name,
    pg_has_role(current_user, c.relowner, 'USAGE') as owned
from changed as d
join pg_index as i on d.oid = any (i.indcollation::oid[])
join pg_class as c on c.oid = i.indexrelid
join pg_namespace as n on n.oid = c.relnamespace
where c.relkind = 'i' and c.relpersistence <> 't' and n.nspname <> 'information_schema'
order by c.relpages, c.relname
