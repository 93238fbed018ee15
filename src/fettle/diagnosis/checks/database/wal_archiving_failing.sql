-- Whether the archiver's last try failed, or has nothing to try; one row.
-- A standby archives only where archive_mode is always.
-- Versions: 13 on; archive_library is from 15 on. Degrades: needs no privilege.
select
    current_setting('archive_mode') <> 'off' as is_on,
    current_setting('archive_mode') = 'always'
    or (current_setting('archive_mode') = 'on' and not pg_is_in_recovery()) as works,
    current_setting('archive_command') = ''
    and coalesce(current_setting('archive_library', true), '') = '' as idle,
    last_failed_time is not null
    and last_failed_time > coalesce(last_archived_time, '-infinity') as failing,
    last_failed_wal as wal,
    failed_count as failures,
    clock_timestamp() - last_archived_time as since_success,
    clock_timestamp() - last_failed_time as since_failure
from pg_stat_archiver
