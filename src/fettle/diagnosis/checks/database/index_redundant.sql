-- B-tree indexes that a longer one begins with, so that it serves their queries.
-- The longer one has the same operator classes, collations, sort options and expressions in those
-- places and the same predicate, and every INCLUDE column of the shorter one, be it as a key. The
-- shorter one keeps no rule: it is not unique, and no constraint, replica identity, CLUSTER or
-- partitioned index leans on it. Named beside it is the smallest that is not itself redundant.
-- Up to 16 a node tree holds each word's position in the statement it was parsed from: that is
-- taken out, or equal expressions would differ.
-- Versions: 13 on. Degrades: needs no privilege. Sizes are as of the last vacuum or analyze, for
-- measuring waits for locks.
with recursive suspects as (
    -- few tables have two indexes that begin alike; only those are compared in full
    select i.indrelid, i.indkey[0] as first
    from pg_index as i
    where i.indisvalid and i.indisready
    group by i.indrelid, i.indkey[0]
    having count(*) > 1
),

indexes as (
    select
        i.indexrelid,
        i.indrelid,
        s.first,
        i.indnkeyatts as keys,
        i.indnatts as width,
        i.indkey::int2[] as columns,
        i.indclass::oid[] as classes,
        i.indcollation::oid[] as collations,
        i.indoption::int2[] as options,
        -- a list of node trees, without its brackets
        coalesce(btrim(regexp_replace(i.indexprs::text, ':location -?\d+', '', 'g'), '()'), '')
            as expressions,
        regexp_replace(i.indpred::text, ':location -?\d+', '', 'g') as predicate,
        c.relname,
        c.relpages,
        c.relkind,
        pg_stat_get_numscans(i.indexrelid) as scans,
        i.indisunique or i.indisreplident or i.indisclustered or c.relispartition
        or i.indexrelid in (select k.conindid from pg_constraint as k where k.conindid <> 0)
            as leant_on
    from suspects as s
    join pg_index as i on i.indrelid = s.indrelid and i.indkey[0] = s.first
    join pg_class as c on c.oid = i.indexrelid
    join pg_am as a on a.oid = c.relam
    join pg_namespace as n on n.oid = c.relnamespace
    where
        a.amname = 'btree'
        and i.indisvalid
        and i.indisready
        and c.relpersistence <> 't'
        and n.nspname not in ('pg_catalog', 'information_schema')
        and n.nspname not like 'pg\_toast%'
),

pairs as (
    select s.indexrelid, l.indexrelid as longer
    from indexes as s
    join indexes as l
        on
            l.indrelid = s.indrelid
            and l.first = s.first
            and l.keys >= s.keys
            and (l.keys > s.keys or l.width > s.width)
            -- an int2vector counts from 0
            and l.columns[0:s.keys - 1] = s.columns[0:s.keys - 1]
            and l.classes[0:s.keys - 1] = s.classes[0:s.keys - 1]
            and l.collations[0:s.keys - 1] = s.collations[0:s.keys - 1]
            and l.options[0:s.keys - 1] = s.options[0:s.keys - 1]
            and l.columns @> s.columns
            and starts_with(l.expressions, s.expressions)
            and l.predicate is not distinct from s.predicate
    where not s.leant_on
),

redundant as (
    select distinct on (s.indexrelid)
        s.*,
        l.indexrelid as longer,
        not l.leant_on and l.scans = 0 and s.scans > 0 as longer_unread
    from pairs as p
    join indexes as s on s.indexrelid = p.indexrelid
    join indexes as l on l.indexrelid = p.longer
    where
        p.longer not in (select q.indexrelid from pairs as q)
        and not exists (
            select
            from pg_depend as d
            where
                d.classid = 'pg_class'::regclass
                and d.objid in (s.indexrelid, s.indrelid)
                and d.deptype = 'e'
        )
    order by s.indexrelid, l.relpages, l.leant_on desc, l.relname
),

parts as (
    select r.indexrelid as whole, r.indexrelid as part from redundant as r
    union all
    select p.whole, h.inhrelid from parts as p join pg_inherits as h on h.inhparent = p.part
),

sizes as (
    select p.whole, sum(c.relpages)::bigint * current_setting('block_size')::bigint as size
    from parts as p
    join pg_class as c on c.oid = p.part
    group by p.whole
)

select
    format('%I.%I', n.nspname, r.relname) as index,
    format('%I.%I', n.nspname, t.relname) as table,
    format('%I.%I', n.nspname, l.relname) as longer,
    r.longer_unread,
    s.size,
    r.relkind = 'I' as partitioned
from redundant as r
join sizes as s on s.whole = r.indexrelid
join pg_class as l on l.oid = r.longer
join pg_class as t on t.oid = r.indrelid
join pg_namespace as n on n.oid = t.relnamespace
order by s.size desc, 1
