-- The age of the oldest multixact ids: of this database's tables, their TOAST included, and of the
-- server's other databases.
-- Versions: 13 on. Degrades: needs no privilege.
(
    select
        format('%I.%I', n.nspname, c.relname) as subject,
        true as is_table,
        greatest(
            mxid_age(c.relminmxid),
            case when t.relminmxid <> '0'::xid then mxid_age(t.relminmxid) end
        )::bigint as age,
        c.relpages::bigint * current_setting('block_size')::bigint as size
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    left join pg_class as t on t.oid = c.reltoastrelid
    where c.relkind in ('r', 'm') and c.relminmxid <> '0'::xid
    order by age desc, size desc
    limit 5
)
union all
select format('database %I', datname), false, mxid_age(datminmxid)::bigint, 0
from pg_database
where datname <> current_database()
order by age desc
