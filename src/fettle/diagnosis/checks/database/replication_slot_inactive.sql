-- Replication slots, the WAL that each keeps from being removed, and whether anybody reads it.
-- Versions: 13 on. On a standby the position is that of replay. Degrades: needs no privilege.
select
    slot_name::text as slot,
    slot_type as type,
    database::text as database,
    active,
    coalesce(wal_status, 'reserved') as wal_status,
    coalesce(
        pg_wal_lsn_diff(
            case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end,
            restart_lsn
        ),
        0
    )::bigint as retained
from pg_replication_slots
order by retained desc, slot_name
