-- Sessions that are idle inside a transaction, for how long, and how many others they hold up,
-- directly or through those they hold up.
-- Versions: 13 on. Degrades: without pg_read_all_stats other users' sessions have no state.
with recursive waits as materialized (
    select a.pid, b.blocker
    from pg_stat_activity as a
    cross join unnest(pg_blocking_pids(a.pid)) as b (blocker)
    where a.wait_event_type = 'Lock'
),

chains as (
    select blocker as root, pid from waits
    union
    select c.root, w.pid
    from chains as c
    join waits as w on w.blocker = c.pid
)

select
    a.pid,
    a.usename::text as user,
    a.datname::text as database,
    a.application_name as application,
    clock_timestamp() - a.state_change as idle,
    clock_timestamp() - a.xact_start as lasting,
    a.query,
    (select count(distinct c.pid) from chains as c where c.root = a.pid)::int as holds_up
from pg_stat_activity as a
where
    a.state in ('idle in transaction', 'idle in transaction (aborted)')
    and a.backend_type = 'client backend'
order by holds_up desc, idle desc
