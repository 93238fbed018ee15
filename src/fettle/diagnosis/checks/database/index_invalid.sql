-- Indexes that no query may use, though they are there: what a failed build or drop has left.
-- Builds and drops that are under way are left out, and partitioned indexes, whose parts are
-- merely not complete.
-- Versions: 13 on. Degrades: without pg_read_all_stats other users' builds cannot be told from
-- failed ones.
select
    format('%I.%I', n.nspname, c.relname) as index,
    format('%I.%I', n.nspname, t.relname) as table,
    i.indisready and i.indislive as maintained,
    i.indisunique as is_unique,
    pg_relation_size(i.indexrelid) as size
from pg_index as i
join pg_class as c on c.oid = i.indexrelid
join pg_class as t on t.oid = i.indrelid
join pg_namespace as n on n.oid = c.relnamespace
where
    not i.indisvalid
    and c.relkind = 'i'
    and c.relpersistence <> 't'
    and not exists (
        select from pg_stat_progress_create_index as p
        where p.relid = i.indrelid and p.index_relid in (0, i.indexrelid)
    )
    -- DROP INDEX CONCURRENTLY shows no progress, but holds this lock on the index itself
    and not exists (
        select from pg_locks as l
        where
            l.locktype = 'relation' and l.relation = i.indexrelid
            and l.database = (select d.oid from pg_database as d where d.datname = current_database())
            and l.mode in ('ShareUpdateExclusiveLock', 'AccessExclusiveLock')
    )
order by 1
