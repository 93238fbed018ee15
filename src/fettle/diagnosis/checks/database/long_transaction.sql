-- Transactions that are open, and for how long their session has been idle in them.
-- Dumps are left out: they are meant to take long.
-- Versions: 13 on. Degrades: without pg_read_all_stats other users' sessions show no times.
select
    pid,
    usename::text as user,
    datname::text as database,
    application_name as application,
    clock_timestamp() - xact_start as lasting,
    case when state <> 'active' then clock_timestamp() - state_change end as idle,
    state,
    query,
    coalesce(greatest(age(backend_xmin), age(backend_xid)), 0)::bigint as holds_back
from pg_stat_activity
where
    backend_type = 'client backend'
    and xact_start is not null
    and pid <> pg_backend_pid()
    and application_name not in ('fettle', 'pg_dump', 'pg_dumpall')
order by xact_start
