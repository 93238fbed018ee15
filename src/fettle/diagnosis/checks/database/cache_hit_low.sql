-- Blocks that this database found in the cache and that it had to read; one row, read twice.
-- Versions: 13 on. Degrades: needs no privilege. The operating system's own cache is not seen.
select
    blks_hit as hits,
    blks_read as reads
from pg_stat_database
where datname = current_database()
