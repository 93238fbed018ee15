-- How the passwords of roles that can log in are kept; no password leaves the server.
-- Versions: 13 on. Degrades: superusers only; managed servers show it to nobody.
select
    quote_ident(rolname) as role,
    case
        when rolpassword is null then 'none'
        when rolpassword like 'md5%' then 'md5'
        when rolpassword like 'SCRAM-SHA-256%' then 'scram-sha-256'
        else 'another way'
    end as kept
from pg_authid
where rolcanlogin
order by rolname
