-- Settings that put data at risk, blind the statistics, or let a forgotten session hold locks.
-- Versions: 13 on. Degrades: needs no privilege.
select
    name,
    setting as value,
    source,
    format('%I', current_database()) as database
from pg_settings
where name in (
    'fsync', 'full_page_writes', 'zero_damaged_pages', 'ignore_checksum_failure',
    'ignore_system_indexes', 'track_counts', 'idle_in_transaction_session_timeout'
)
