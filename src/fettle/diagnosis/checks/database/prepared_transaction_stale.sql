-- Transactions that were prepared for two-phase commit and are still there.
-- Versions: 13 on. Degrades: needs no privilege.
select
    gid,
    database::text as database,
    owner::text as owner,
    clock_timestamp() - prepared as waiting,
    age(transaction)::bigint as age
from pg_prepared_xacts
order by prepared
