-- Tables that autovacuum passes by because somebody said so, and whether it is on at all.
-- A TOAST table has a switch of its own (toast.autovacuum_enabled).
-- Versions: 13 on. Degrades: needs no privilege.
with tables as (
    select c.oid, c.relname, n.nspname, c.reloptions, t.reloptions as toast_options,
        greatest(age(c.relfrozenxid), age(nullif(t.relfrozenxid, '0'::xid))) as freeze_age
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    left join pg_class as t on t.oid = c.reltoastrelid
    where c.relkind in ('r', 'm') and c.relpersistence <> 't'
)

select
    format('%I.%I', t.nspname, t.relname) as table,
    t.freeze_age::bigint as freeze_age,
    coalesce(pg_stat_get_live_tuples(t.oid), 0)::bigint as rows,
    o.option_value as value,
    current_setting('autovacuum') = 'on' as globally_on
from tables as t
cross join lateral (
    select option_value from pg_options_to_table(t.reloptions)
    where option_name = 'autovacuum_enabled' and not option_value::boolean
    union all
    select option_value from pg_options_to_table(t.toast_options)
    where option_name = 'autovacuum_enabled' and not option_value::boolean
    limit 1
) as o
union all
select 'autovacuum', max(age(datfrozenxid))::bigint, 0, 'off', false
from pg_database
having current_setting('autovacuum') <> 'on'
order by freeze_age desc
