-- The sessions of a finding as they are now, each with what tells it from one that got its
-- process id later.
-- Versions: 13 on. Degrades: without pg_read_all_stats other users' sessions have no state.
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
    or a.usename::text ilike any (%(protected)s::text[]) as protected
from pg_stat_activity as a
left join pg_roles as r on r.oid = a.usesysid
where a.pid = any (%(pids)s::int[])
order by array_position(%(pids)s::int[], a.pid)
