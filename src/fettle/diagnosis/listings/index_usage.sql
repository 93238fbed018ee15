-- The 20 least used indexes, the largest first among equals.
-- Sizes are relpages of the last vacuum or analyze. Versions: 13 on. Degrades: needs no privilege.
select
    s.schemaname as schema,
    s.relname as table,
    s.indexrelname as index,
    s.idx_scan as scans,
    s.idx_tup_read as rows_read,
    s.idx_tup_fetch as rows_fetched,
    c.relpages * current_setting('block_size')::bigint as size_bytes
from pg_stat_user_indexes as s
join pg_class as c on c.oid = s.indexrelid
order by s.idx_scan, c.relpages desc, 1, 3
limit 20
