-- Who keeps vacuum from removing what has died: the oldest snapshots, and how many transactions
-- have begun since.
-- Versions: 13 on. Degrades: without pg_read_all_stats other users' sessions are not seen.
select
    'session' as kind,
    usename::text as name,
    datname::text as database,
    application_name as application,
    pid,
    state,
    greatest(age(backend_xmin), age(backend_xid))::bigint as age,
    clock_timestamp() - xact_start as lasting
from pg_stat_activity
where
    pid <> pg_backend_pid() and application_name <> 'fettle'
    and backend_type not in ('walsender', 'autovacuum worker')
    and coalesce(backend_xmin, backend_xid) is not null
union all
select
    'slot', slot_name::text, database::text, null, active_pid,
    case when active then 'active' else 'inactive' end,
    greatest(age(xmin), age(catalog_xmin))::bigint, null
from pg_replication_slots
where coalesce(xmin, catalog_xmin) is not null
union all
select
    'standby', usename::text, null, application_name, pid, state, age(backend_xmin)::bigint, null
from pg_stat_replication
where backend_xmin is not null
union all
select
    'prepared', gid, database::text, null, null, owner::text, age(transaction)::bigint,
    clock_timestamp() - prepared
from pg_prepared_xacts
order by age desc
