-- Sessions that wait for an ACCESS EXCLUSIVE lock on a table and let nobody else past, whom they
-- wait for, and how many wait behind them.
-- Versions: 13 on; how long it has waited is known from 14 on (waitstart, read by name), before
-- that the start of the statement stands for it.
-- Degrades: without pg_read_all_stats other users' statements have no text and no times.
with queued as materialized (
    select
        l.pid,
        l.relation,
        coalesce((to_jsonb(l) ->> 'waitstart')::timestamptz, a.query_start) as since,
        a.usename, a.datname, a.application_name, a.query,
        pg_blocking_pids(l.pid) as holders
    from pg_locks as l
    join pg_stat_activity as a on a.pid = l.pid
    where
        not l.granted and l.locktype = 'relation' and l.mode = 'AccessExclusiveLock'
        and l.database = (select d.oid from pg_database as d where d.datname = current_database())
),

waits as materialized (
    select a.pid, b.blocker
    from pg_stat_activity as a
    cross join unnest(pg_blocking_pids(a.pid)) as b (blocker)
    where a.wait_event_type = 'Lock' and exists (select from queued)
)

select
    q.pid,
    q.usename::text as user,
    q.datname::text as database,
    q.application_name as application,
    -- one that was made since is not seen yet, and %I takes no null
    case when c.oid is not null then format('%I.%I', n.nspname, c.relname) end as table,
    clock_timestamp() - q.since as waited,
    q.query,
    q.holders,
    array(
        select coalesce(h.usename::text, '')
        from unnest(q.holders) with ordinality as holder (pid, place)
        left join pg_stat_activity as h on h.pid = holder.pid
        order by holder.place
    ) as holders_users,
    array(
        select coalesce(h.application_name, '')
        from unnest(q.holders) with ordinality as holder (pid, place)
        left join pg_stat_activity as h on h.pid = holder.pid
        order by holder.place
    ) as holders_applications,
    (select count(distinct w.pid) from waits as w where w.blocker = q.pid)::int as behind
from queued as q
left join pg_class as c on c.oid = q.relation
left join pg_namespace as n on n.oid = c.relnamespace
order by waited desc
