-- B-tree indexes whose columns are the first columns of a longer one, which serves their queries.
-- The same operator classes, collations, sort options and predicate; the shorter one keeps no
-- rule, has no expression, and no INCLUDE column that the longer one lacks.
-- Versions: 13 on. Degrades: needs no privilege.
with indexes as (
    select
        i.indexrelid,
        i.indrelid,
        i.indnkeyatts as keys,
        i.indkey::int2[] as columns,
        i.indclass::oid[] as classes,
        i.indcollation::oid[] as collations,
        i.indoption::int2[] as options,
        regexp_replace(i.indpred::text, ':location -?\d+', '', 'g') as predicate,
        c.relname,
        c.relpages,
        c.relkind,
        i.indisunique or i.indisreplident or i.indisclustered or c.relispartition
        or exists (select from pg_constraint as k where k.conindid = i.indexrelid) as leant_on
    from pg_index as i
    join pg_class as c on c.oid = i.indexrelid
    join pg_am as a on a.oid = c.relam
    join pg_namespace as n on n.oid = c.relnamespace
    where
        a.amname = 'btree'
        and i.indisvalid and i.indisready
        and c.relpersistence <> 't'
        and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
),

pairs as (
    select
        s.*,
        l.indexrelid as longer,
        -- an int2vector counts from 0
        row_number() over (
            partition by s.indexrelid order by l.keys, l.relpages, l.relname
        ) as place
    from indexes as s
    join indexes as l
        on l.indrelid = s.indrelid
        and l.keys > s.keys
        and l.predicate is not distinct from s.predicate
        and l.columns[0:s.keys - 1] = s.columns[0:s.keys - 1]
        and l.classes[0:s.keys - 1] = s.classes[0:s.keys - 1]
        and l.collations[0:s.keys - 1] = s.collations[0:s.keys - 1]
        and l.options[0:s.keys - 1] = s.options[0:s.keys - 1]
        and s.columns <@ l.columns
    where not s.leant_on and not 0 = any(s.columns)
)

select
    format('%I.%I', n.nspname, p.relname) as index,
    format('%I.%I', n.nspname, t.relname) as table,
    format('%I.%I', n.nspname, l.relname) as longer,
    p.relpages::bigint * current_setting('block_size')::bigint as size,
    p.relkind = 'I' as partitioned
from pairs as p
join pg_class as l on l.oid = p.longer
join pg_class as t on t.oid = p.indrelid
join pg_namespace as n on n.oid = t.relnamespace
where p.place = 1
order by size desc, 1
