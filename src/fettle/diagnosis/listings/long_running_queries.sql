-- Queries that have been running for more than 5 minutes.
-- Versions: 13 on. Degrades: without pg_read_all_stats only one's own are seen.
select
    pid,
    usename as "user",
    datname as database,
    application_name as application,
    now() - query_start as duration,
    state,
    wait_event_type,
    left(query, 2000) as query
from pg_stat_activity
where
    state = 'active'
    and backend_type = 'client backend'
    and pid <> pg_backend_pid()
    and query_start < now() - interval '5 minutes'
order by query_start
limit 50
