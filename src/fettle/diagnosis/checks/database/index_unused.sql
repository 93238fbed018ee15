-- Indexes that nothing has read for as long as the statistics go back.
-- Left out, because dropping them is never right: unique ones, those that a constraint, a replica
-- identity or CLUSTER leans on, parts of partitioned indexes (the parent decides), those of
-- extensions, and the last cover of a foreign key.
-- The window begins when the statistics were last reset, or lost: a crash empties all of them,
-- and shows only in the shared ones, of which one alone may also have been reset by hand.
-- Versions: 13 on. The time of the last scan is known from 16 on: where the view has no such column,
-- its name means the one around it, which holds none.
-- Degrades: needs no privilege.
with foreign_keys as (
    select k.oid, k.conrelid, k.conkey
    from pg_constraint as k
    where k.contype = 'f'
),

leant_on as (
    select k.conindid from pg_constraint as k where k.conindid <> 0
),

indexes as (
    select
        i.indexrelid,
        i.indrelid,
        i.indexprs is not null as of_expressions,
        i.indisvalid and i.indisready and am.amname in ('btree', 'hash') as covers,
        i.indkey::int2[] as columns,
        i.indcollation::oid[] as collations,
        i.indnkeyatts as keys,
        i.indpred is not null as partial,
        -- the one column whose not being null is the whole predicate; an equality implies that
        substring(
            i.indpred::text,
            '^.NULLTEST :arg .VAR :varno 1 :varattno (\d+) :[^A-Z]*:nulltesttype 1 [^A-Z]*$'
        )::int2 as not_null,
        scanned.idx_scan as scans,
        scanned.last,
        (
            coalesce(scanned.idx_scan, 0) = 0
            -- one that was read today is never unused; this spares measuring it
            or scanned.last < now() - interval '1 day'
        )
        and i.indisvalid
        and not (i.indisunique or i.indisexclusion or i.indisreplident or i.indisclustered)
        and not c.relispartition
        and i.indexrelid not in (select l.conindid from leant_on as l) as unread
    from (values (null::timestamptz)) as before_16 (last_idx_scan)
    cross join lateral (
        select s.indexrelid, s.idx_scan, last_idx_scan as last from pg_stat_all_indexes as s
    ) as scanned
    join pg_index as i on i.indexrelid = scanned.indexrelid
    join pg_class as c on c.oid = i.indexrelid
    join pg_am as am on am.oid = c.relam
    where
        c.relkind = 'i' and c.relpersistence <> 't'
        and c.relnamespace not in (
            select n.oid
            from pg_namespace as n
            where
                n.nspname in ('pg_catalog', 'information_schema') or n.nspname like 'pg\_toast%'
        )
),

-- of the indexes that begin with a foreign key's columns, in any order, the one that stays
needed as (
    select distinct on (f.oid) i.indexrelid
    from foreign_keys as f
    join indexes as i
        on
            i.indrelid = f.conrelid
            and i.covers
            and i.keys >= cardinality(f.conkey)
            -- an int2vector counts from 0
            and i.columns[0:cardinality(f.conkey) - 1] @> f.conkey
            and (
                0 = all(i.collations[0:cardinality(f.conkey) - 1])
                or i.collations[0:cardinality(f.conkey) - 1] <@ array(
                    select a.attcollation
                    from pg_attribute as a
                    where a.attrelid = f.conrelid and a.attnum = any(f.conkey)
                )
            )
            and (not i.partial or i.not_null = any(f.conkey))
    order by f.oid, i.unread, i.scans desc, i.keys, i.indexrelid
)

select
    format('%I.%I', n.nspname, c.relname) as index,
    format('%I.%I', n.nspname, t.relname) as table,
    i.scans,
    now() - i.last as unread,
    -- measuring costs more than all the rest, and no small table has a large index
    case
        when pg_stat_get_live_tuples(i.indrelid) > 1000 or c.relpages > 100
            then coalesce(pg_relation_size(i.indexrelid), 0)
        else c.relpages::bigint * current_setting('block_size')::bigint
    end as size,
    now() - greatest(
        d.stats_reset,
        (
            select least(w.stats_reset, a.stats_reset)
            from pg_stat_bgwriter as w
            cross join pg_stat_archiver as a
        )
    ) as window,
    i.of_expressions,
    pg_is_in_recovery() as in_recovery,
    (
        select count(*)
        from pg_stat_replication as r
        where
            -- null without pg_read_all_stats
            coalesce(r.state, 'streaming') = 'streaming'
            and coalesce(r.application_name, '') not in ('pg_basebackup', 'pg_receivewal')
            -- a logical subscriber reads its own tables, not these
            and not exists (
                select
                from pg_replication_slots as s
                where s.active_pid = r.pid and s.slot_type = 'logical'
            )
    ) as standbys
from indexes as i
join pg_class as c on c.oid = i.indexrelid
join pg_namespace as n on n.oid = c.relnamespace
join pg_class as t on t.oid = i.indrelid
join pg_stat_database as d on d.datname = current_database()
where
    i.unread
    and i.indexrelid not in (select k.indexrelid from needed as k)
    and not exists (
        select
        from pg_depend as e
        where
            e.classid = 'pg_class'::regclass
            and e.objid in (i.indexrelid, i.indrelid)
            and e.deptype = 'e'
    )
order by size desc, 1
