-- Client connections by user, database and application, and how many there may be.
-- Usable are max_connections less what is reserved for superusers and (16 on) for
-- pg_use_reserved_connections. Background workers and walsenders take no such place.
-- Versions: 13 on. Degrades: without pg_read_all_stats other users' sessions have no state and no
-- type: those that are in a database count as clients.
select
    coalesce(usename::text, 'other users') as user,
    datname::text as database,
    application_name as application,
    count(*)::int as total,
    count(*) filter (where state = 'active')::int as active,
    count(*) filter (where state = 'idle')::int as idle,
    count(*) filter (where state like 'idle in transaction%')::int as idle_in_transaction,
    current_setting('max_connections')::int as maximum,
    current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0) as usable
from pg_stat_activity
where
    coalesce(backend_type = 'client backend', datid is not null and usesysid is not null)
    and pid <> pg_backend_pid()
    and application_name is distinct from 'fettle'
group by 1, 2, 3
union all
-- one row at the least, so that there is always a figure
select
    'nobody', null, null, 0, 0, 0, 0,
    current_setting('max_connections')::int,
    current_setting('max_connections')::int
    - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0)
order by total desc, 1, 2, 3
