-- Indexes that no query may use, though they are there: what a failed build or drop has left.
-- Left out: partitioned indexes, which merely lack some partitions, and builds, rebuilds and
-- drops that are under way. REINDEX and DROP INDEX CONCURRENTLY lock the index itself all the
-- while; CREATE INDEX CONCURRENTLY locks only the table, and shows its progress.
-- Versions: 13 on. Degrades: needs no privilege. Without pg_read_all_stats another user's
-- progress does not name its index, and then no index of the table that it locks is reported.
-- A standby has neither locks nor progress of what its primary builds.
with underway as (
    select l.relation, p.index_relid, p.pid is not null as builds
    from pg_locks as l
    left join pg_stat_progress_create_index as p
        on p.pid = l.pid and p.datname = current_database()
    where
        l.locktype = 'relation'
        and l.database = (select d.oid from pg_database as d where d.datname = current_database())
        and l.mode in ('ShareUpdateExclusiveLock', 'AccessExclusiveLock')
)

select
    format('%I.%I', n.nspname, c.relname) as index,
    format('%I.%I', tn.nspname, t.relname) as table,
    i.indisready and i.indislive as maintained,
    i.indisunique as is_unique,
    c.relname ~ '_cc(new|old)\d*$' as transient,
    coalesce(pg_relation_size(i.indexrelid), 0) as size,
    pg_is_in_recovery() as in_recovery
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
join pg_class as t on t.oid = i.indrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_namespace as tn on tn.oid = t.relnamespace
where
    not i.indisvalid
    and c.relkind = 'i'
    and c.relpersistence <> 't'
    and not exists (
        select
        from underway as u
        where
            u.relation = i.indexrelid
            or (
                u.relation = i.indrelid
                and u.builds
                and coalesce(u.index_relid, 0) in (0, i.indexrelid)
            )
    )
order by 1
