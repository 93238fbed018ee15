-- Current client connections, by what they are doing.
-- Versions: 13 on. Background workers, walsenders and Fettle's own sessions are left out.
-- Degrades: without pg_read_all_stats other users' sessions have no state; they are in hidden.
select
    count(*) as total_connections,
    count(*) filter (where state = 'active') as active_connections,
    count(*) filter (where state = 'idle') as idle_connections,
    count(*) filter (where state in ('idle in transaction', 'idle in transaction (aborted)'))
        as idle_in_transaction,
    count(*) filter (where state is null) as hidden,
    current_setting('max_connections')::int as max_connections
from pg_stat_activity
where
    coalesce(backend_type = 'client backend', datid is not null and usesysid is not null)
    and pid <> pg_backend_pid()
    and application_name <> 'fettle'
