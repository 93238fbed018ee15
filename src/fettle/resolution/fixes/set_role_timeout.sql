-- The role of a finding's session, and the time-out it has in this database.
-- Versions: 13 on; from 16 on CREATEROLE alters only roles that were granted WITH ADMIN OPTION.
-- Degrades: needs no privilege.
select
    format('%%I', r.rolname) as role,
    format('%%I', current_database()) as database,
    r.rolsuper as superuser,
    (
        select split_part(setting, '=', 2)
        from pg_db_role_setting as s
        cross join unnest(s.setconfig) as setting
        where
            s.setrole = r.oid
            and s.setdatabase = (select d.oid from pg_database as d where d.datname = current_database())
            and setting like 'idle_in_transaction_session_timeout=%%'
    ) as value,
    r.rolname = current_user
    or exists (
        select
        from pg_roles as m
        where
            m.rolname = current_user
            and (
                m.rolsuper
                or (
                    m.rolcreaterole
                    and (
                        current_setting('server_version_num')::int < 160000
                        or pg_has_role(current_user, r.oid, 'MEMBER WITH ADMIN OPTION')
                    )
                )
            )
    ) as allowed
from pg_stat_activity as a
join pg_roles as r on r.oid = a.usesysid
where a.pid = any (%(pids)s::int[])
order by array_position(%(pids)s::int[], a.pid)
limit 1
