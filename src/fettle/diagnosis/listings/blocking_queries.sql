-- Sessions that wait for a lock, and the sessions that hold it.
-- pg_blocking_pids knows the order of the queue; joining pg_locks with itself accuses the innocent.
-- Versions: 13 on. Degrades: without pg_read_all_stats the statements of others are hidden.
select
    waiting.pid as blocked_pid,
    waiting.usename as blocked_user,
    holder.pid as blocking_pid,
    holder.usename as blocking_user,
    holder.state as blocking_state,
    now() - waiting.state_change as waited,
    left(waiting.query, 500) as blocked_statement,
    left(holder.query, 500) as blocking_statement
from pg_stat_activity as waiting
cross join unnest(pg_blocking_pids(waiting.pid)) as blocker (pid)
left join pg_stat_activity as holder on holder.pid = blocker.pid
where waiting.wait_event_type = 'Lock'
order by waited desc
limit 50
