-- What everybody who can connect may do: PUBLIC's rights on schemas and tables, and functions that
-- run as their owner and look for names wherever the caller says.
-- Versions: 13 on. Degrades: needs no privilege. Objects of extensions and of the system are not
-- looked at.
with own as (
    select n.oid, n.nspname, n.nspacl, n.nspowner
    from pg_namespace as n
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
),

of_extensions as (
    select classid, objid from pg_depend where deptype = 'e'
)

select
    'schema' as kind,
    quote_ident(o.nspname) as subject,
    'CREATE' as rights
from own as o
cross join aclexplode(coalesce(o.nspacl, acldefault('n', o.nspowner))) as a
where a.grantee = 0 and a.privilege_type = 'CREATE'
union all
select
    'table' as kind,
    quote_ident(o.nspname) || '.' || quote_ident(c.relname) as subject,
    string_agg(a.privilege_type, ', ' order by a.privilege_type) as rights
from pg_class as c
inner join own as o on o.oid = c.relnamespace
cross join aclexplode(c.relacl) as a
where
    c.relkind in ('r', 'p', 'v', 'm', 'f')
    and a.grantee = 0
    and not exists (
        select from of_extensions as e where e.classid = 'pg_class'::regclass and e.objid = c.oid
    )
group by o.nspname, c.relname
union all
select
    'function' as kind,
    quote_ident(o.nspname) || '.' || quote_ident(p.proname)
    || '(' || pg_get_function_identity_arguments(p.oid) || ')' as subject,
    case
        when has_function_privilege('public', p.oid, 'EXECUTE') then 'EXECUTE' else ''
    end as rights
from pg_proc as p
inner join own as o on o.oid = p.pronamespace
where
    p.prosecdef
    and not exists (
        select from unnest(p.proconfig) as setting where setting ilike 'search_path=%'
    )
    and not exists (
        select from of_extensions as e where e.classid = 'pg_proc'::regclass and e.objid = p.oid
    )
order by 1, 2
