"""What is planted is there: shown by SQL of its own, not by the checks it is planted for."""

import time
from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
import pytest

from tests.planted import sessions
from tests.planted.expected import BARE, CONTROLS, EXPECTED, PLANTED, PREPARED, Expected
from tests.planted.plant import Planted, planted
from tests.servers import Server

Connection = psycopg.Connection[tuple[Any, ...]]
TEN_MIB = 10 * 1024 * 1024


@pytest.fixture
def database(planted_server: Planted) -> Iterator[Connection]:
    with psycopg.connect(planted_server.url, autocommit=True) as connection:
        yield connection


def _subjects(*checks: str, of: tuple[Expected, ...] = EXPECTED) -> list[str]:
    return [expected.subject for expected in of if expected.check in checks]


def _rows(connection: Connection, query: LiteralString, *values: object) -> list[Any]:
    return connection.execute(query, values or None).fetchall()


def test_every_subject_that_is_a_relation_exists(database: Connection) -> None:
    named = _subjects(
        "index_unused", "index_duplicate", "index_redundant", "index_invalid",
        "primary_key_missing", "table_bloat", "autovacuum_disabled", "statistics_stale",
        "sequence_exhaustion", "transaction_id_wraparound",
    )  # fmt: skip
    healthy = [
        control.subject
        for control in CONTROLS
        if control.subject.count(".") == 1
        and not control.needs_session
        and not control.subject.startswith(("collation ", "filler"))
    ]

    absent = _rows(
        database, "select n from unnest(%s::text[]) as n where to_regclass(n) is null",
        [*named, *healthy],
    )  # fmt: skip

    assert len(named) + len(healthy) > 90
    assert absent == []


def test_every_foreign_key_exists_and_is_as_valid_as_it_should_be(database: Connection) -> None:
    there: dict[str, bool] = dict(
        _rows(
            database,
            "select format('%I.%I.%I', n.nspname, t.relname, k.conname), k.convalidated"
            " from pg_constraint as k join pg_class as t on t.oid = k.conrelid"
            " join pg_namespace as n on n.oid = t.relnamespace where k.contype = 'f'",
        )
    )
    healthy = [
        control.subject
        for control in CONTROLS
        if "foreign_key_unindexed" in control.must_not_be_reported_by
        and "payments_" not in control.subject.split(".")[1]
    ]

    assert {there[subject] for subject in _subjects("foreign_key_unindexed")} == {True}
    assert {there[subject] for subject in _subjects("foreign_key_not_validated")} == {False}
    assert {there[subject] for subject in healthy} == {True}


def test_the_unused_indexes_are_large_and_unread_and_so_are_their_controls(
    database: Connection,
) -> None:
    large_controls = [
        "shop.orders_reference_key",
        "shop.orders_label_code_idx",
        "shop.mirrored_code_identity",
        "shop.archive_pkey",
        "shop.journal_2025_entry_idx",
        "shop.journal_2026_entry_idx",
    ]

    found = _rows(
        database,
        "select i::text, pg_relation_size(i) >= %s, pg_stat_get_numscans(i)"
        " from unnest(%s::regclass[]) as i",
        TEN_MIB,
        [*_subjects("index_unused"), *large_controls],
    )

    assert [(large, scans) for _, large, scans in found] == [(True, 0)] * len(found)


def test_of_two_that_are_the_same_the_one_that_is_kept_was_read(database: Connection) -> None:
    read = _rows(
        database,
        "select pg_stat_get_numscans(i) > 0 from unnest(%s::regclass[]) as i",
        ["shop.customers_lower_name_idx", "shop.customers_name_hash_idx",
         '"倉庫"."Shelf."', "shop.mirrored_code_read_idx"],
    )  # fmt: skip
    unread = _rows(
        database,
        "select pg_stat_get_numscans(i) > 0 from unnest(%s::regclass[]) as i",
        _subjects("index_duplicate")[2:],
    )

    assert (read, unread) == ([(True,)] * 4, [(False,)] * 3)


def test_the_invalid_indexes_are_broken_in_every_way(database: Connection) -> None:
    found = _rows(
        database,
        "select format('%I.%I', n.nspname, c.relname), i.indisready, i.indisunique"
        " from pg_index as i join pg_class as c on c.oid = i.indexrelid"
        " join pg_namespace as n on n.oid = c.relnamespace"
        " where not i.indisvalid and c.relkind = 'i'",
    )

    assert sorted(found, key=str) == [
        ('"Odd.Schema"."Broken ""Code"" key"', True, True),
        ("shop.broken_duplicates", False, True),
        ("shop.broken_half_dropped", True, False),
        ("shop.broken_timed_out", False, False),
        ("shop.shipments_order_id_idx", True, False),
    ]
    assert {name for name, _, _ in found} == set(_subjects("index_invalid"))


def test_dead_and_changed_rows_are_counted(database: Connection) -> None:
    found = {
        name: (dead, changed)
        for name, dead, changed in _rows(
            database,
            "select format('%I.%I', schemaname, relname),"
            " n_dead_tup > 10000 and n_dead_tup > 0.2 * (n_dead_tup + n_live_tup),"
            " n_mod_since_analyze > 10000 and n_mod_since_analyze > 2 * (50 + 0.1 * n_live_tup)"
            " from pg_stat_user_tables where n_dead_tup > 0 or n_mod_since_analyze > 0",
        )
    }

    assert {name for name, (dead, _) in found.items() if dead} == set(_subjects("table_bloat"))
    assert {name for name, (_, changed) in found.items() if changed} == set(
        _subjects("statistics_stale")
    )
    assert {"shop.breathing", "shop.small_and_dead", "shop.fresh"} <= set(found)


@pytest.mark.parametrize(
    ("sequence", "left"),
    [
        ("shop.invoices_id_seq", 429_496_729),
        ("shop.shelves_id_seq", 1_638),
        ("shop.tickets_numbers", 107_374_182),
        ("shop.receipt_numbers", 171_798_692),
        ('"Odd.Schema"."Zähler ""Nr."""', 429_496_729),
    ],
)
def test_the_sequences_are_nearly_used_up(database: Connection, sequence: str, left: int) -> None:
    ceiling = 32_767 if "shelves" in sequence else 2_147_483_647

    assert _rows(
        database, "select %s - pg_sequence_last_value(%s::regclass)", ceiling, sequence
    ) == [(left,)]


def test_the_slots_keep_wal_and_the_prepared_transaction_is_forgotten(
    database: Connection,
) -> None:
    slots = _rows(
        database,
        "select slot_name::text, active, pg_current_wal_lsn() - restart_lsn > 1048576"
        " from pg_replication_slots order by slot_name",
    )

    assert slots == [("forgotten", False, True), ("standby_gone", False, True)]
    assert _rows(database, "select gid, age(transaction) > 1000 from pg_prepared_xacts") == [
        (PREPARED, True)
    ]


def test_the_collations_have_changed(planted_server: Planted, database: Connection) -> None:
    changed = _rows(
        database,
        "select collname::text from pg_collation"
        " where collversion <> pg_collation_actual_version(oid) order by collname",
    )

    assert changed == [("german",), ("no_index",)]
    if planted_server.server.major >= 15:
        database_changed = _rows(
            database,
            "select datcollversion <> pg_database_collation_actual_version(oid)"
            " from pg_database where datname = current_database()",
        )
        assert database_changed == [(True,)]


def test_archiving_fails_and_the_settings_are_unsafe(database: Connection) -> None:
    assert _rows(
        database,
        "select archived_count > 0, failed_count > 0, last_failed_time > last_archived_time"
        " from pg_stat_archiver",
    ) == [(True, True, True)]
    assert _rows(
        database,
        "select current_setting('full_page_writes'),"
        " current_setting('idle_in_transaction_session_timeout')",
    ) == [("off", "0")]


def test_the_aged_table_is_old_and_nothing_else_is(
    planted_server: Planted, database: Connection
) -> None:
    if not any(expected.needs == "ageing" for expected in planted_server.expected):
        assert not (planted_server.server.programs / "pg_resetwal").exists()
        return

    old = _rows(
        database,
        "select oid::regclass::text, age(relfrozenxid) > 500000000,"
        " mxid_age(relminmxid) > 500000000"
        " from pg_class where relkind in ('r', 'm', 't')"
        " and (age(relfrozenxid) > 100000000 or mxid_age(relminmxid) > 100000000)",
    )
    databases = _rows(
        database,
        "select datname::text from pg_database"
        " where age(datfrozenxid) > 100000000 or mxid_age(datminmxid) > 100000000",
    )

    assert (old, databases) == ([("shop.aged", True, True)], [(PLANTED,)])


def test_the_slow_statements_are_known_by_their_ids(
    planted_server: Planted, database: Connection
) -> None:
    found = {
        f"query {id_}": (calls, slow)
        for id_, calls, slow in _rows(
            database,
            "select queryid::text, calls, mean_exec_time > 1000 from extensions.pg_stat_statements",
        )
    }
    report, visits = _subjects("slow_queries", of=planted_server.expected)

    assert (found[report], found[visits]) == ((1, True), (120, False))


def test_the_bare_database_has_no_statement_statistics(planted_server: Planted) -> None:
    with psycopg.connect(planted_server.bare_url) as connection:
        assert _rows(connection, "select current_database()::text, count(*) from pg_extension") == [
            (BARE, 1)
        ]


def test_the_sessions_stand_in_their_queues_and_leave_nothing(
    planted_server: Planted, database: Connection
) -> None:
    with planted_server.sessions() as crowd:
        pids = crowd.pids
        checkout, reader, migration = (
            pids[name][0] for name in ("checkout", "reader", "migration")
        )
        holding, waiting = pids["worker"][0], pids["worker"][1:]
        blocked: dict[int, list[int]] = dict(
            _rows(
                database,
                "select pid, pg_blocking_pids(pid) from pg_stat_activity"
                " where wait_event_type = 'Lock'",
            )
        )

        assert blocked[holding] == [checkout]
        assert set(waiting) <= set(blocked)
        assert len(pids["worker"]) == sessions.WAITING_FOR_CHECKOUT
        assert blocked[migration] == [reader]
        assert [blocked[pid] for pid in pids["ledger reader"]] == [[migration]] * 4
        assert blocked[pids["index build"][0]] == pids["reviewer"]
        assert _rows(
            database,
            "select count(*) from pg_stat_activity"
            " where backend_type = 'walsender' and application_name = 'pg_receivewal'",
        ) == [(1,)]
        assert (
            _rows(database, "select state from pg_stat_activity where pid = any(%s)", pids["pool"])
            == [("idle",)] * 5
        )

    assert _rows(
        database, "select pid from pg_stat_activity where usename = 'app'"
    ) == []  # fmt: skip
    assert _rows(database, "select to_regclass('shop.reviews_building')") == [(None,)]


def test_the_cold_reads_miss_the_cache(planted_server: Planted, database: Connection) -> None:
    def blocks() -> tuple[int, int]:
        [found] = _rows(
            database,
            "select blks_hit, blks_read from pg_stat_database where datname = current_database()",
        )
        return found[0], found[1]

    before = blocks()
    with planted_server.cold_reads():
        time.sleep(3)
    hits, reads = (after - first for after, first in zip(blocks(), before, strict=True))

    assert reads > 10_000
    assert hits / (hits + reads) < 0.8


def test_a_plain_server_can_be_planted_and_is_as_before_when_it_is_taken_away(
    pg18: Server,
) -> None:
    everything = "select datname::text from pg_database order by datname"
    with psycopg.connect(pg18.url(), autocommit=True) as connection:
        before = _rows(connection, everything)
        with planted(pg18) as made:
            there = {expected.check for expected in made.expected}
            assert "index_unused" in there
            assert not there & {"transaction_id_wraparound", "wal_archiving_failing"}

        assert _rows(connection, everything) == before
        assert _rows(connection, "select slot_name from pg_replication_slots") == []
        assert _rows(connection, "select rolname from pg_roles where rolname = 'app'") == []
