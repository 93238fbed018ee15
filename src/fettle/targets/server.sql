-- What the server says of itself and of the role that asks; one row.
-- Versions: 13 on. Needs no privilege. Reads settings' names only to recognise managed providers.
-- Degrades: nothing; a role without any grant can run it.
select
    current_setting('server_version_num')::int as version,
    pg_catalog.current_database() as database,
    current_user::text as "user",
    format('%I', current_user) as role,
    (select r.rolsuper from pg_catalog.pg_roles as r where r.rolname = current_user) as superuser,
    pg_catalog.pg_is_in_recovery() as in_recovery,
    pg_catalog.pg_postmaster_start_time() as started_at,
    pg_catalog.now() as now,
    pg_catalog.pg_backend_pid() as pid,
    -- Linux on 14, and what has kqueue from 15 on
    (
        pg_catalog.version() ~ 'linux'
        or (current_setting('server_version_num')::int >= 150000 and pg_catalog.version() ~ 'darwin|bsd')
    )
    and current_setting('server_version_num')::int >= 140000 as sees_clients_leave,
    array(
        select r.rolname::text
        from pg_catalog.pg_roles as r
        where r.rolname like 'pg\_%' and pg_catalog.pg_has_role(current_user, r.oid, 'USAGE')
    ) as roles,
    (
        select coalesce(pg_catalog.jsonb_object_agg(e.extname, n.nspname), '{}')
        from pg_catalog.pg_extension as e
        join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
    ) as extensions,
    case
        when exists (select from pg_catalog.pg_roles where rolname = 'supabase_admin') then 'supabase'
        when exists (select from pg_catalog.pg_roles where rolname = 'rds_superuser') then 'rds'
        when exists (select from pg_catalog.pg_roles where rolname = 'cloudsqlsuperuser') then 'cloudsql'
        when exists (select from pg_catalog.pg_roles where rolname = 'azure_pg_admin') then 'azure'
        when exists (select from pg_catalog.pg_roles where rolname = 'neon_superuser') then 'neon'
    end as provider
