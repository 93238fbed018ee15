-- The invalid index of a finding as it is now.
-- Versions: 13 on. Degrades: needs no privilege.
select
    format('%%I.%%I', n.nspname, c.relname) as index,
    c.oid::bigint as oid,
    n.nspname::text as schema,
    c.relname::text as name,
    i.indisvalid as valid,
    i.indisready and i.indislive as maintained,
    exists (select from pg_constraint as k where k.conindid = c.oid) as behind_constraint,
    c.relname ~ '_cc(new|old)\d*$' as transient,
    -- another user's progress does not name its table, but everybody sees its lock
    exists (
        select
        from pg_locks as l
        join pg_stat_progress_create_index as p on p.pid = l.pid
        where
            l.locktype = 'relation' and l.relation in (i.indrelid, i.indexrelid)
            and l.database = (select d.oid from pg_database as d where d.datname = current_database())
            and l.mode in ('ShareUpdateExclusiveLock', 'AccessExclusiveLock')
    ) as building,
    pg_has_role(current_user, c.relowner, 'USAGE') as owned,
    pg_get_userbyid(c.relowner)::text as owner
from pg_class as c
join pg_index as i on i.indexrelid = c.oid
join pg_namespace as n on n.oid = c.relnamespace
where c.oid = to_regclass(%(subject)s)
