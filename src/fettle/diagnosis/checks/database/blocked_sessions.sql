-- Who waits for a lock, and who is at the root of the wait: a row for each pair.
-- pg_blocking_pids knows the order of the queue. A holder with process id 0 is a prepared
-- transaction. How long a lock was waited for is known from 14 on (waitstart, read by name);
-- before, the start of the statement stands for it.
-- Versions: 13 on. Degrades: without pg_read_all_stats other users' waits are not seen.
with recursive waits as materialized (
    select
        a.pid,
        b.blocker,
        -- a worker that applies changes has no statement
        clock_timestamp() - coalesce(l.since, a.query_start, a.xact_start, clock_timestamp()) as waited,
        a.query
    from pg_stat_activity as a
    cross join unnest(pg_blocking_pids(a.pid)) as b (blocker)
    left join lateral (
        select min((to_jsonb(k) ->> 'waitstart')::timestamptz) as since
        from pg_locks as k
        where k.pid = a.pid and not k.granted
    ) as l on true
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
    c.root as pid,
    r.usename::text as user,
    r.datname::text as database,
    coalesce(nullif(r.application_name, ''), case when r.backend_type <> 'client backend' then r.backend_type end)
        as application,
    r.state,
    r.backend_type as type,
    r.query,
    w.pid as waiting,
    max(w.waited) as waited,
    min(w.query) as waiting_query,
    case
        when c.root = 0 then array(select x.gid from pg_prepared_xacts as x order by x.prepared)
        else array[]::text[]
    end as prepared
from chains as c
join waits as w on w.pid = c.pid
left join pg_stat_activity as r on r.pid = c.root
where not exists (select from waits as further where further.pid = c.root)
group by 1, 2, 3, 4, 5, 6, 7, 8
order by waited desc
limit 1000
