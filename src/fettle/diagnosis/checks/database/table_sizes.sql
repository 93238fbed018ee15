-- How large the tables of this database are, together and the largest one alone; one row.
-- Sizes are relpages of the last vacuum or analyze: reading the files' sizes would stand in the
-- queue behind an ALTER TABLE. The listing of the same name shows the largest ones.
-- Versions: 13 on. Degrades: needs no privilege.
select
    coalesce(sum(relpages::bigint) filter (where relkind <> 'i'), 0)::bigint
    * current_setting('block_size')::bigint as tables,
    coalesce(sum(relpages::bigint) filter (where relkind = 'i'), 0)::bigint
    * current_setting('block_size')::bigint as indexes,
    coalesce(max(relpages::bigint) filter (where relkind in ('r', 'm')), 0)::bigint
    * current_setting('block_size')::bigint as largest
from pg_class
where relkind in ('r', 'm', 't', 'i') and relpersistence <> 't'
