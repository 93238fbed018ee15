-- How much of its range each sequence has handed out.
-- The range is the smaller of the sequence's own and of the column it feeds: a bigint sequence
-- behind an integer column ends at 2,147,483,647.
-- Versions: 13 on. Sequences that cycle, and other sessions' temporary ones, are left out.
-- Degrades: without SELECT or USAGE on a sequence its value is null, and readable is false.
with feeds as (
    -- a serial or identity column owns its sequence; a plain default only depends on it
    select d.objid as sequence, d.refobjid as relation, d.refobjsubid as attribute
    from pg_depend as d
    where
        d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
        and d.deptype in ('a', 'i') and d.refobjsubid > 0
    union
    select d.refobjid, a.adrelid, a.adnum
    from pg_depend as d
    join pg_attrdef as a on a.oid = d.objid
    where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass
),

columns as (
    select
        f.sequence,
        -- a domain has the length of its base type
        min(case
            when a.attlen = 2 then 32767
            when a.attlen = 4 and a.atttypid <> 'oid'::regtype then 2147483647
            else 9223372036854775807
        end) as ceiling,
        min(format('%I.%I.%I', n.nspname, c.relname, a.attname)) as feeds
    from feeds as f
    join pg_attribute as a on a.attrelid = f.relation and a.attnum = f.attribute
    join pg_class as c on c.oid = f.relation
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'f') and not a.attisdropped
    group by f.sequence
),

sequences as (
    select
        format('%I.%I', n.nspname, c.relname) as sequence,
        format('%I', n.nspname) as schema,
        columns.feeds,
        s.seqincrement as increment,
        case when s.seqincrement > 0 then s.seqmin::numeric else s.seqmax::numeric end as first,
        case
            when s.seqincrement > 0
                then least(s.seqmax::numeric, coalesce(columns.ceiling, s.seqmax))
            else greatest(s.seqmin::numeric, coalesce(-columns.ceiling::numeric - 1, s.seqmin))
        end as ceiling,
        has_sequence_privilege(c.oid, 'SELECT, USAGE') as readable,
        c.oid
    from pg_sequence as s
    join pg_class as c on c.oid = s.seqrelid
    join pg_namespace as n on n.oid = c.relnamespace
    left join columns on columns.sequence = c.oid
    where
        not s.seqcycle
        and c.relpersistence <> 't'
        and not (pg_is_in_recovery() and c.relpersistence = 'u')
),

handed_out as (
    select
        *,
        case when readable then pg_sequence_last_value(oid)::numeric end as last_value
    from sequences
)

select
    sequence,
    schema,
    feeds,
    increment,
    last_value::text as last_value,
    ceiling::text as ceiling,
    readable,
    format('%I', current_user) as role,
    trunc((ceiling - last_value) / increment)::float8 as remaining,
    ((last_value - first) / nullif(ceiling - first, 0))::float8 as used
from handed_out
