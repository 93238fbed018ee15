-- The table of a finding, and how often it was vacuumed and analysed by hand.
-- Versions: 13 on. Degrades: needs no privilege.
select
    format('%%I.%%I', n.nspname, c.relname) as table,
    c.oid::bigint as oid,
    pg_stat_get_vacuum_count(c.oid) as vacuums,
    pg_stat_get_analyze_count(c.oid) as analyses,
    pg_has_role(current_user, c.relowner, 'USAGE')
    or (select pg_has_role(current_user, d.datdba, 'USAGE')
        from pg_database as d where d.datname = current_database())
    or exists (
        select from pg_roles as r
        where r.rolname = 'pg_maintain' and pg_has_role(current_user, r.oid, 'USAGE')
    ) as allowed,
    pg_get_userbyid(c.relowner)::text as owner
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where c.oid = to_regclass(%(subject)s) and c.relkind in ('r', 'm', 'p', 't')
