-- Whether the archiver's last try failed; one row.
-- Versions: 13 on. Degrades: needs no privilege.
select
    current_setting('archive_mode') <> 'off' as is_on,
    last_failed_time is not null
    and last_failed_time > coalesce(last_archived_time, '-infinity') as failing,
    last_failed_wal as wal,
    failed_count as failures,
    clock_timestamp() - last_archived_time as since_success,
    clock_timestamp() - last_failed_time as since_failure
from pg_stat_archiver
