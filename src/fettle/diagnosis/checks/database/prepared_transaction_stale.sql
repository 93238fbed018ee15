-- Transactions that were prepared for two-phase commit and are still there.
-- Versions: 13 on. Degrades: needs no privilege.
select
    gid,
    coalesce(database::text, 'a dropped database') as database,
    coalesce(owner::text, 'a dropped role') as owner,
    clock_timestamp() - prepared as waiting,
    age(transaction)::bigint as age
from pg_prepared_xacts
order by prepared
