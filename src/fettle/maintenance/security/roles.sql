-- Roles that can log in and may do more than others, or whose password never ends.
-- Versions: 13 on. Degrades: needs no privilege. Roles of the server itself (pg_...) cannot log in.
select
    quote_ident(rolname) as role,
    rolsuper as superuser,
    rolbypassrls as bypasses_rls,
    rolcreaterole as makes_roles,
    coalesce(rolvaliduntil = 'infinity', true) as for_ever,
    rolname = current_user as asks,
    oid = 10 as first
from pg_roles
where rolcanlogin
order by rolname
