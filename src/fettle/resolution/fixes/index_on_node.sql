-- The index of a finding, as it is on this node: what forbids dropping it, whether it was read,
-- and all that it takes to make it again.
-- Versions: 13 on; also runs on a standby, whose reads count. Degrades: pg_get_indexdef waits for
-- a lock on the table for as long as the lock limit allows.
select
    format('%%I.%%I', n.nspname, c.relname) as index,
    c.oid::bigint as oid,
    pg_get_indexdef(c.oid) as definition,
    coalesce(s.spcname, '') as tablespace,
    obj_description(c.oid, 'pg_class') as comment,
    coalesce(pg_stat_get_numscans(c.oid), 0) as scans,
    i.indisvalid as valid,
    i.indisunique as is_unique,
    i.indisreplident as replica_identity,
    i.indisclustered as clustered,
    c.relispartition or c.relkind = 'I' as partitioned,
    exists (select from pg_constraint as k where k.conindid = c.oid) as behind_constraint,
    exists (
        select from pg_depend as d where d.objid = c.oid and d.deptype in ('e', 'x')
    ) as of_extension,
    exists (
        select from pg_attribute as a where a.attrelid = c.oid and a.attstattarget > 0
    ) as has_statistics_targets,
    pg_has_role(current_user, c.relowner, 'USAGE') as owned,
    pg_get_userbyid(c.relowner)::text as owner,
    pg_is_in_recovery() as standby,
    (
        -- who streams WAL and is no backup tool, nor a subscriber, who reads its own tables
        select count(*)
        from pg_stat_replication as r
        where
            r.application_name not in ('pg_basebackup', 'pg_receivewal', 'barman_receive_wal')
            and not exists (
                select from pg_replication_slots as l
                where l.active_pid = r.pid and l.slot_type = 'logical'
            )
    ) as standbys,
    array(
        select format('%%I.%%I', n.nspname, o.relname)
        from pg_index as other
        join pg_class as o on o.oid = other.indexrelid
        where
            other.indrelid = i.indrelid and other.indexrelid <> i.indexrelid
            and other.indisvalid and other.indkey[0] = i.indkey[0] and i.indkey[0] <> 0
            and (
                pg_stat_get_numscans(other.indexrelid) > 0
                or exists (
                    select
                    from pg_constraint as k
                    where
                        k.contype = 'f' and k.conrelid = i.indrelid
                        and i.indkey[0] = any(k.conkey)
                )
            )
        order by o.relname
    ) as beside
from pg_class as c
join pg_index as i on i.indexrelid = c.oid
join pg_namespace as n on n.oid = c.relnamespace
left join pg_tablespace as s on s.oid = c.reltablespace
where c.oid = to_regclass(%(subject)s)
