-- The search path that sessions of some users begin with in this database, "$user" filled in.
-- Versions: 13 on. Degrades: needs no privilege. What an application sets after it has connected is
-- not known; where this role has a path of its own, the server's setting is not either, and its
-- built-in default stands for it.
with own as (
    select s.setdatabase, s.setrole, substr(setting, length('search_path=') + 1) as path
    from pg_db_role_setting as s
    cross join unnest(s.setconfig) as setting
    where
        setting like 'search_path=%%'
        and s.setdatabase in (0, (select d.oid from pg_database as d where d.datname = current_database()))
)

select
    r.rolname::text as user,
    replace(
        coalesce(
            (
                select o.path
                from own as o
                where o.setrole in (0, r.oid)
                order by o.setrole <> 0 and o.setdatabase <> 0 desc, o.setrole <> 0 desc
                limit 1
            ),
            (
                select
                    case
                        when exists (
                            select
                            from own as o
                            join pg_roles as me on me.oid = o.setrole
                            where me.rolname = session_user
                        ) then s.boot_val
                        else s.reset_val
                    end
                from pg_settings as s
                where s.name = 'search_path'
            )
        ),
        '"$user"',
        quote_ident(r.rolname)
    ) as path
from pg_roles as r
where r.rolname = any (%(users)s::text[])
