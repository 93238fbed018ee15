-- How far standbys and subscribers are behind: on the primary each of them, on a standby itself.
-- A standby that has replayed all it received is not behind, however old its last transaction; one
-- that receives nothing although it should is cut off, and its last transaction says since when. What
-- only keeps the WAL (pg_receivewal, barman) replays nothing, and says that it has flushed a file when
-- the file is full: how far it is shows in what it has written.
-- Versions: 13 on. Degrades: without pg_read_all_stats other users' walsenders show no positions.
select
    coalesce(nullif(application_name, ''), client_addr::text, 'pid ' || pid) as name,
    state,
    case
        when replay_lsn is null then write_lag
        else coalesce(replay_lag, flush_lag, write_lag)
    end as lag,
    pg_wal_lsn_diff(
        case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end,
        coalesce(replay_lsn, write_lsn)
    )::bigint as behind,
    false as cut_off
from pg_stat_replication
where state in ('streaming', 'catchup')
union all
select
    'this standby',
    'replaying',
    case
        when
            not own.cut_off
            and pg_last_wal_receive_lsn() is not distinct from pg_last_wal_replay_lsn()
            then interval '0'
        else clock_timestamp() - pg_last_xact_replay_timestamp()
    end,
    pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint,
    own.cut_off
from (
    select
        not exists (select from pg_stat_wal_receiver)
        and (
            -- it has streamed since it started, or is told from whom to
            pg_last_wal_receive_lsn() is not null
            or exists (
                select from pg_settings as s where s.name = 'primary_conninfo' and s.setting <> ''
            )
        ) as cut_off
) as own
where pg_is_in_recovery()
