-- Pairs of indexes that are the same: one to keep, one that does nothing more.
-- The same means: table, access method, columns in their order, INCLUDE columns, operator
-- classes, collations, sort options, expressions and predicate. Of two, the one is kept that a
-- constraint, a replica identity or CLUSTER leans on, then the unique one, then the more read one.
-- Node trees hold the position of each word in the statement they were parsed from (up to 16):
-- it is taken out, or equal expressions would differ.
-- Versions: 13 on; indnullsnotdistinct is from 15 on, so it is read by name.
-- Degrades: needs no privilege.
with indexes as (
    select
        i.indexrelid,
        i.indrelid,
        i.indisunique,
        i.indimmediate,
        c.relkind,
        c.relname,
        c.relpages,
        c.relispartition as attached,
        exists (select from pg_constraint as k where k.conindid = i.indexrelid) as behind_constraint,
        i.indisreplident or i.indisclustered as leant_on,
        concat_ws(
            '|', c.relam, i.indkey, i.indnkeyatts, i.indclass, i.indcollation, i.indoption,
            regexp_replace(i.indexprs::text, ':location -?\d+', '', 'g'), '#',
            regexp_replace(i.indpred::text, ':location -?\d+', '', 'g')
        ) as definition
    from pg_index as i
    join pg_class as c on c.oid = i.indexrelid
    join pg_namespace as n on n.oid = c.relnamespace
    where
        i.indisvalid and i.indisready and not i.indisexclusion
        and c.relpersistence <> 't'
        and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
),

ranked as (
    select
        *,
        row_number() over same as place,
        first_value(indexrelid) over same as kept
    from indexes
    window same as (
        partition by indrelid, definition
        order by
            behind_constraint desc, leant_on desc, indisunique desc, attached desc,
            pg_stat_get_numscans(indexrelid) desc, relname
    )
)

select
    format('%I.%I', n.nspname, r.relname) as index,
    format('%I.%I', n.nspname, t.relname) as table,
    format('%I.%I', n.nspname, k.relname) as kept,
    r.relpages::bigint * current_setting('block_size')::bigint as size,
    r.behind_constraint or r.leant_on as leant_on,
    r.relkind = 'I' as partitioned
from ranked as r
join ranked as k on k.indexrelid = r.kept
join pg_class as t on t.oid = r.indrelid
join pg_namespace as n on n.oid = t.relnamespace
where
    r.place > 1
    and not r.attached
    -- a unique index keeps a rule, and is only the same as one that keeps it in the same way
    and (
        not r.indisunique
        or (
            k.indisunique and k.indimmediate = r.indimmediate
            and (select to_jsonb(x) ->> 'indnullsnotdistinct' from pg_index as x where x.indexrelid = r.indexrelid)
            is not distinct from
            (select to_jsonb(x) ->> 'indnullsnotdistinct' from pg_index as x where x.indexrelid = r.kept)
        )
    )
order by size desc, 1
