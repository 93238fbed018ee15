-- Who is let in from where, and by what proof: the rules of pg_hba.conf as the server reads them.
-- Versions: 13 on. Degrades: superusers and roles with SELECT on pg_hba_file_rules and EXECUTE on
-- its function only; managed servers show it to nobody.
select
    line_number as line,
    type as kind,
    array_to_string(database, ',') as databases,
    array_to_string(user_name, ',') as users,
    coalesce(address, '') as address,
    coalesce(netmask, '') as netmask,
    coalesce(auth_method, '') as method,
    coalesce(error, '') as error
from pg_hba_file_rules
order by line_number
