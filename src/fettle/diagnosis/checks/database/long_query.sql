-- Statements that have been running for long, and are not merely waiting for a lock. Parallel
-- workers count as their leader; dumps are meant to take long.
-- Versions: 13 on. Degrades: without pg_read_all_stats other users' sessions show no times.
select
    pid,
    usename::text as user,
    datname::text as database,
    application_name as application,
    clock_timestamp() - query_start as running,
    wait_event_type as waits_for,
    query
from pg_stat_activity
where
    state = 'active'
    and backend_type = 'client backend'
    and leader_pid is null
    and wait_event_type is distinct from 'Lock'
    and pid <> pg_backend_pid()
    and application_name not in ('fettle', 'pg_dump', 'pg_dumpall')
order by query_start
