-- Whether pg_stat_statements counts, and can be read in this database; one row.
-- Its settings are there only where the library was loaded at the server's start.
-- Versions: 13 on; compute_query_id is from 14 on. An extension that came through pg_upgrade keeps
-- its version: older than 1.8 it has other columns, and than 1.9 it lacks what 14 and newer have.
-- Degrades: needs no privilege.
select
    e.oid is not null as installed,
    exists (select from pg_settings where name = 'pg_stat_statements.max') as loaded,
    exists (select from pg_available_extensions where name = 'pg_stat_statements') as available,
    coalesce(
        string_to_array(e.extversion, '.')::int[] < case
            when current_setting('server_version_num')::int >= 140000 then array[1, 9]
            else array[1, 8]
        end,
        false
    ) as outdated,
    coalesce(current_setting('pg_stat_statements.track', true), '') = 'none' as untracked,
    coalesce(current_setting('compute_query_id', true), '') = 'off' as unnumbered,
    current_database()::text as database,
    case
        when exists (select from pg_roles where rolname = 'supabase_admin') then 'supabase'
        when exists (select from pg_roles where rolname = 'rds_superuser') then 'rds'
        when exists (select from pg_roles where rolname = 'cloudsqlsuperuser') then 'cloudsql'
        when exists (select from pg_roles where rolname = 'azure_pg_admin') then 'azure'
        when exists (select from pg_roles where rolname = 'neon_superuser') then 'neon'
    end as provider
from (values (1)) as one (row)
left join pg_extension as e on e.extname = 'pg_stat_statements'
