-- The table of a finding, and which of its two switches are off.
-- Versions: 13 on. Degrades: needs no privilege.
select
    format('%%I.%%I', n.nspname, c.relname) as table,
    coalesce(
        (select not o.option_value::boolean from pg_options_to_table(c.reloptions) as o
         where o.option_name = 'autovacuum_enabled'), false
    ) as off,
    coalesce(
        (select not o.option_value::boolean from pg_options_to_table(t.reloptions) as o
         where o.option_name = 'autovacuum_enabled'), false
    ) as toast_off,
    pg_has_role(current_user, c.relowner, 'USAGE') as owned,
    pg_get_userbyid(c.relowner)::text as owner
from pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
left join pg_class as t on t.oid = c.reltoastrelid
where c.oid = to_regclass(%(subject)s) and c.relkind in ('r', 'm')
