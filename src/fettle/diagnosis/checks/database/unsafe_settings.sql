-- Settings that put data at risk, blind the statistics, or let a forgotten session hold locks; and
-- those that can be set for a role or a database, where they are.
-- Versions: 13 on. Degrades: needs no privilege. Where a role or a database has a value of its own,
-- this session has that, and the server's is not known.
with provider as (
    select case
        when exists (select from pg_roles where rolname = 'supabase_admin') then 'supabase'
        when exists (select from pg_roles where rolname = 'rds_superuser') then 'rds'
        when exists (select from pg_roles where rolname = 'cloudsqlsuperuser') then 'cloudsql'
        when exists (select from pg_roles where rolname = 'azure_pg_admin') then 'azure'
        when exists (select from pg_roles where rolname = 'neon_superuser') then 'neon'
    end as name
),

set_for as (
    select
        split_part(setting, '=', 1) as name,
        lower(split_part(setting, '=', 2)) as value,
        case
            when r.oid is null and d.oid is not null then format('DATABASE %I', d.datname)
            else coalesce('ROLE ' || quote_ident(r.rolname), 'ROLE ALL')
                || coalesce(' IN DATABASE ' || quote_ident(d.datname), '')
        end as place
    from pg_db_role_setting as s
    cross join unnest(s.setconfig) as setting
    left join pg_roles as r on r.oid = s.setrole
    left join pg_database as d on d.oid = s.setdatabase
)

select
    s.name,
    s.setting as value,
    s.source,
    format('%I', current_database()) as database,
    null as place,
    p.name as provider
from pg_settings as s
cross join provider as p
where
    s.name in ('fsync', 'full_page_writes', 'idle_in_transaction_session_timeout')
    or (
        s.name in (
            'zero_damaged_pages', 'ignore_checksum_failure', 'ignore_system_indexes', 'track_counts'
        )
        and s.source not in ('database', 'user', 'database user')
    )
union all
select
    f.name,
    case when f.value in ('on', 'true', 'yes', '1') then 'on' else 'off' end,
    'catalogue',
    format('%I', current_database()),
    f.place,
    p.name
from set_for as f
cross join provider as p
where f.name in (
    'zero_damaged_pages', 'ignore_checksum_failure', 'ignore_system_indexes', 'track_counts'
)
