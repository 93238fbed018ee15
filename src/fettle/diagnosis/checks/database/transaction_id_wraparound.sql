-- The age of the oldest transaction ids: of this database's tables, their TOAST included, and of the
-- server's other databases.
-- Versions: 13 on. Degrades: needs no privilege.
(
    select
        format('%I.%I', n.nspname, c.relname) as subject,
        true as is_table,
        greatest(
            age(c.relfrozenxid),
            case when t.relfrozenxid <> '0'::xid then age(t.relfrozenxid) end
        )::bigint as age,
        c.relpages::bigint * current_setting('block_size')::bigint as size
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    left join pg_class as t on t.oid = c.reltoastrelid
    where c.relkind in ('r', 'm') and c.relfrozenxid <> '0'::xid
    order by age desc, size desc
    limit 5
)
union all
select format('database %I', datname), false, age(datfrozenxid)::bigint, 0
from pg_database
where datname <> current_database()
order by age desc
