-- Whether pg_stat_statements collects, and can be read in this database; one row.
-- Its settings are there only where the library was loaded at the server's start.
-- Versions: 13 on. Degrades: needs no privilege.
select
    exists (select from pg_extension where extname = 'pg_stat_statements') as installed,
    exists (select from pg_settings where name = 'pg_stat_statements.max') as loaded,
    exists (select from pg_available_extensions where name = 'pg_stat_statements') as available,
    current_database()::text as database,
    case
        when exists (select from pg_roles where rolname = 'supabase_admin') then 'supabase'
        when exists (select from pg_roles where rolname = 'rds_superuser') then 'rds'
        when exists (select from pg_roles where rolname = 'cloudsqlsuperuser') then 'cloudsql'
        when exists (select from pg_roles where rolname = 'azure_pg_admin') then 'azure'
        when exists (select from pg_roles where rolname = 'neon_superuser') then 'neon'
    end as provider
