-- Pairs of indexes that are the same: one to keep, one that does nothing more.
-- The same means: table, access method, key columns in their order, INCLUDE columns, operator
-- classes with their parameters, collations, sort options, expressions and predicate; and the
-- storage parameters of those kinds (BRIN, GIN and others) where they change what an index is good for.
-- Kept is the primary key, then what else a foreign key, a constraint, a replica identity or
-- CLUSTER leans on, then the unique one, then the one that is read (that nobody reads the other is
-- reported too, and both would be dropped), then the first by name, which is the same every time.
-- Up to 16 a node tree holds each word's position in the statement it was parsed from: that is
-- taken out, or equal expressions would differ.
-- Versions: 13 on; indnullsnotdistinct is from 15 on, so it is read by name.
-- Degrades: needs no privilege. Sizes are as of the last vacuum or analyze, for measuring waits
-- for locks.
with recursive suspects as (
    -- few tables have two indexes on the same columns; only those are compared in full
    select i.indrelid, i.indkey::int2[] as columns
    from pg_index as i
    where i.indisvalid and i.indisready
    group by i.indrelid, i.indkey::int2[]
    having count(*) > 1
),

leant_on as (
    select
        k.conindid as indexrelid,
        bool_or(k.contype = 'f') as referenced,
        min(k.conname::text) filter (where k.contype <> 'f') as constraint
    from pg_constraint as k
    where k.conindid <> 0
    group by k.conindid
),

indexes as (
    select
        i.indexrelid,
        i.indrelid,
        i.indisunique,
        i.indimmediate,
        c.relname,
        c.relkind,
        c.relispartition as attached,
        coalesce(l.referenced, false) as referenced,
        l.constraint,
        i.indisreplident or i.indisclustered or i.indisexclusion as leant_on,
        row_number() over same as place,
        first_value(i.indexrelid) over same as kept
    from suspects as s
    join pg_index as i on i.indrelid = s.indrelid and i.indkey::int2[] = s.columns
    join pg_class as c on c.oid = i.indexrelid
    join pg_am as a on a.oid = c.relam
    join pg_namespace as n on n.oid = c.relnamespace
    left join leant_on as l on l.indexrelid = i.indexrelid
    where
        i.indisvalid
        and i.indisready
        and c.relpersistence <> 't'
        and n.nspname not in ('pg_catalog', 'information_schema')
        and n.nspname not like 'pg\_toast%'
    window same as (
        partition by
            i.indrelid, s.columns, c.relam, i.indnkeyatts, i.indclass::oid[],
            i.indcollation::oid[], i.indoption::int2[],
            regexp_replace(i.indexprs::text, ':location -?\d+', '', 'g'),
            regexp_replace(i.indpred::text, ':location -?\d+', '', 'g'),
            case when a.amname not in ('btree', 'hash') then c.reloptions end
        order by
            i.indisprimary desc, coalesce(l.referenced, false) desc, l.constraint is null,
            i.indisreplident or i.indisclustered or i.indisexclusion desc, i.indisunique desc,
            c.relispartition desc, pg_stat_get_numscans(i.indexrelid) > 0 desc, c.relname
    )
),

twins as (
    select i.*, k.relname as kept_name
    from indexes as i
    join indexes as k on k.indexrelid = i.kept
    where
        i.place > 1
        and not (i.attached or i.referenced or i.leant_on)
        -- a unique index keeps a rule, and is the same only as one that keeps it in the same way
        and (
            not i.indisunique
            or (
                k.indisunique
                and k.indimmediate = i.indimmediate
                and (
                    select count(distinct coalesce(to_jsonb(x) ->> 'indnullsnotdistinct', '')) = 1
                    from pg_index as x
                    where x.indexrelid in (i.indexrelid, k.indexrelid)
                )
            )
        )
        and not exists (
            select
            from pg_attribute as mine
            join pg_attribute as theirs
                on theirs.attrelid = k.indexrelid and theirs.attnum = mine.attnum
            where
                mine.attrelid = i.indexrelid
                and mine.attoptions is distinct from theirs.attoptions
        )
        and not exists (
            select
            from pg_depend as d
            where
                d.classid = 'pg_class'::regclass
                and d.objid in (i.indexrelid, i.indrelid)
                and d.deptype = 'e'
        )
),

parts as (
    select t.indexrelid as whole, t.indexrelid as part from twins as t
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
    format('%I.%I', n.nspname, w.relname) as index,
    format('%I.%I', n.nspname, t.relname) as table,
    format('%I.%I', n.nspname, w.kept_name) as kept,
    s.size,
    quote_ident(w.constraint) as constraint,
    w.relkind = 'I' as partitioned
from twins as w
join sizes as s on s.whole = w.indexrelid
join pg_class as t on t.oid = w.indrelid
join pg_namespace as n on n.oid = t.relnamespace
order by s.size desc, 1
