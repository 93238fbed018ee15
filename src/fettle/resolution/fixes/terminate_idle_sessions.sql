-- Idle client sessions of half an hour and more, and how many sessions their client keeps.
-- Sessions of one user and application belong together, wherever they come from: more than one is a
-- pool, be it one session on each of many machines. Of programs that people sit at, by the names
-- that these give themselves, only those from one machine belong together.
-- Versions: 13 on. Degrades: without pg_read_all_stats other users' sessions have no state.
with sessions as (
    select
        *,
        count(*) over (
            partition by
                usename,
                application_name,
                case
                    when application_name ~* '^(psql|pgadmin|dbeaver|datagrip|navicat|postico)'
                        then coalesce(host(client_addr), 'local')
                end
        ) as siblings
    from pg_stat_activity
    where backend_type = 'client backend'
)

select
    a.pid,
    a.backend_start,
    a.usename::text as user,
    a.application_name as application,
    a.state,
    a.state_change,
    a.xact_start,
    a.query_start,
    coalesce(r.rolsuper, true) as superuser,
    a.backend_type as type,
    a.application_name = 'fettle' or a.pid = pg_backend_pid() as own,
    a.application_name ilike any (%(protected)s::text[])
    or a.usename::text ilike any (%(protected)s::text[]) as protected,
    a.datname::text as database,
    a.siblings::int as siblings
from sessions as a
left join pg_roles as r on r.oid = a.usesysid
where a.state = 'idle' and a.state_change < clock_timestamp() - interval '30 minutes'
order by a.state_change
