-- Tables that whoever is not logged in reads or writes over Supabase's API: role anon has rights on
-- them, and no row is kept from it. No rows where there is no such role.
-- Versions: 13 on. Degrades: needs no privilege.
select
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) as subject,
    string_agg(right_, ', ' order by right_) as rights
from pg_roles as r
cross join pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as right_
where
    r.rolname = 'anon'
    and c.relkind in ('r', 'p')
    and not c.relrowsecurity
    and n.nspname !~ '^pg_'
    and n.nspname <> 'information_schema'
    and has_schema_privilege(r.oid, n.oid, 'USAGE')
    and has_table_privilege(r.oid, c.oid, right_)
group by n.nspname, c.relname
order by 1
