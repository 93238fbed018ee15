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
