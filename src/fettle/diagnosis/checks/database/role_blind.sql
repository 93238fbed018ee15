-- What the role that looks cannot see.
-- Versions: 13 on; pg_read_all_data is from 14 on. Degrades: this is what tells how others degrade.
with me as (
    select r.oid, r.rolsuper, format('%I', r.rolname) as name
    from pg_roles as r
    where r.rolname = current_user
),

tables as (
    select
        count(*) as hidden,
        string_agg(distinct format('%I', n.nspname), ', ') as schemas
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where
        c.relkind in ('r', 'p', 'm')
        and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
        and not has_table_privilege(c.oid, 'SELECT')
        and not has_any_column_privilege(c.oid, 'SELECT')
),

sequences as (
    select
        count(*) as hidden,
        string_agg(distinct format('%I', n.nspname), ', ') as schemas
    from pg_sequence as s
    join pg_class as c on c.oid = s.seqrelid
    join pg_namespace as n on n.oid = c.relnamespace
    where
        c.relpersistence <> 't'
        -- of pg_sequence's own column: asked of any other relation it fails
        and not has_sequence_privilege(s.seqrelid, 'SELECT, USAGE')
),

counted as (
    select
        format('%I', n.nspname) as schema,
        format('%I.%I', n.nspname, c.relname) as view,
        has_schema_privilege(n.oid, 'USAGE') as reached,
        has_table_privilege(c.oid, 'SELECT') as readable
    from pg_extension as e
    join pg_class as c on c.relnamespace = e.extnamespace and c.relname = e.extname
    join pg_namespace as n on n.oid = c.relnamespace
    where e.extname = 'pg_stat_statements'
)

select
    'the sessions and statements of other users' as what,
    format('GRANT pg_read_all_stats TO %s;', me.name) as remedy
from me
where not me.rolsuper and not pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')
union all
select
    format('the planner''s statistics of %s tables', tables.hidden),
    case
        when current_setting('server_version_num')::int >= 140000
            then format('GRANT pg_read_all_data TO %s;', me.name)
        else format('GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s;', tables.schemas, me.name)
    end
from me
cross join tables
where tables.hidden > 0
union all
select
    format('how far %s sequences have come', sequences.hidden),
    case
        when current_setting('server_version_num')::int >= 140000
            then format('GRANT pg_read_all_data TO %s;', me.name)
        else format(
            'GRANT SELECT ON ALL SEQUENCES IN SCHEMA %s TO %s;', sequences.schemas, me.name
        )
    end
from me
cross join sequences
where sequences.hidden > 0
union all
select
    'which statements take the time',
    concat_ws(
        ' ',
        case
            when not counted.reached
                then format('GRANT USAGE ON SCHEMA %s TO %s;', counted.schema, me.name)
        end,
        case
            when not counted.readable then format('GRANT SELECT ON %s TO %s;', counted.view, me.name)
        end
    )
from me
cross join counted
where not (counted.reached and counted.readable)
