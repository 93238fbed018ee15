-- Indexes that nothing has read for as long as the statistics go back.
-- Left out, because dropping them is never right: unique ones, indexes behind a constraint, replica
-- identities, parts of partitioned indexes (the parent decides), and the only cover of a foreign
-- key.
-- Versions: 13 to 15, which do not know the time of the last scan.
-- Degrades: needs no privilege. Statistics that were never reset go back to initdb, whose time is
-- the upper half of the system identifier.
with foreign_keys as (
    select conrelid, conkey
    from pg_constraint
    where contype = 'f'
),

candidates as (
    select
        s.indexrelid,
        s.relid,
        s.idx_scan,
        null::timestamptz as last_scan,
        i.indkey::int2[] as columns,
        i.indnkeyatts
    from pg_stat_user_indexes as s
    join pg_index as i on i.indexrelid = s.indexrelid
    join pg_class as c on c.oid = s.indexrelid
    where
        s.idx_scan = 0
        and i.indisvalid
        and not i.indisunique
        and not i.indisreplident
        and not i.indisexclusion
        and not c.relispartition
        and not exists (select from pg_constraint as k where k.conindid = s.indexrelid)
)

select
    format('%I.%I', n.nspname, index.relname) as index,
    format('%I.%I', n.nspname, t.relname) as table,
    k.idx_scan as scans,
    k.last_scan,
    now() - k.last_scan as unread,
    pg_relation_size(k.indexrelid) as size,
    now() - coalesce(
        d.stats_reset,
        (select to_timestamp(system_identifier >> 32) from pg_control_system())
    ) as window,
    (
        select count(*)
        from pg_stat_replication as r
        where r.application_name <> 'pg_basebackup' and r.state = 'streaming'
    ) as standbys
from candidates as k
join pg_class as index on index.oid = k.indexrelid
join pg_namespace as n on n.oid = index.relnamespace
join pg_class as t on t.oid = k.relid
join pg_stat_database as d on d.datname = current_database()
where
    not exists (
        select
        from foreign_keys as f
        where
            f.conrelid = k.relid
            -- any order of the leading columns covers a foreign key; an int2vector counts from 0
            and f.conkey <@ k.columns[0:cardinality(f.conkey) - 1]
            and not exists (
                select
                from pg_index as o
                where
                    o.indrelid = k.relid and o.indexrelid <> k.indexrelid
                    and o.indisvalid and o.indpred is null
                    and f.conkey <@ (o.indkey::int2[])[0:cardinality(f.conkey) - 1]
            )
    )
order by size desc
