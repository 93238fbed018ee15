"""Something old keeps vacuum from cleaning up."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from fettle.diagnosis.checks.database.vacuum_horizon_pinned import Limits, Row, judge
from fettle.model import things
from fettle.model.finding import Finding
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.sessions import application

SESSION = Row(
    "session", "app", "shop", "report", 4242, "idle in transaction", 2_000_000, timedelta(hours=2)
)
SLOT = Row("slot", "it's gone", None, None, None, "inactive", 2_000_000, None)
STANDBY = Row("standby", "replicator", None, "reader", 7, "streaming", 2_000_000, None)
PREPARED = Row("prepared", "pay", "shop", None, None, "app", 2_000_000, timedelta(hours=2))
GID = 'order 7, "paid"; it\'s odd'
USE_UP_1000 = "DO $$ BEGIN FOR n IN 1 .. 1000 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$"


@pytest.mark.parametrize("row", [SESSION, SLOT, STANDBY, PREPARED], ids=lambda row: row.kind)
@pytest.mark.parametrize(
    ("age", "severity"),
    [
        (None, None),
        (0, None),
        (999_999, None),
        (1_000_000, Severity.HIGH),
        (1_000_000_000, Severity.HIGH),
    ],
)
def test_the_transactions_since_decide_whoever_holds_it(
    row: Row, age: int | None, severity: Severity | None
) -> None:
    verdicts = judge([replace(row, age=age)], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


@pytest.mark.parametrize(
    ("row", "subject", "blamed", "cure"),
    [
        (SESSION, "app@shop (report)", "pid 4242", "End it: SELECT pg_terminate_backend(4242);"),
        (
            SLOT,
            "replication slot it's gone",
            "replication slot it's gone",
            "Let its consumer go on, or drop it: SELECT pg_drop_replication_slot('it''s gone');",
        ),
        (
            STANDBY,
            "replicator@? (reader)",
            "replicator@? (reader)",
            "On the standby: end its long queries, or switch hot_standby_feedback off",
        ),
        (
            PREPARED,
            "prepared transaction pay",
            "prepared transaction pay",
            "In database shop: ROLLBACK PREPARED 'pay'; -- or COMMIT PREPARED",
        ),
    ],
)
def test_the_holder_is_blamed_and_ended_in_its_own_way(
    row: Row, subject: str, blamed: str, cure: str
) -> None:
    (finding,) = judge([row], Limits())

    assert isinstance(finding, Finding)
    assert finding.subject == subject
    assert finding.about == (things.VACUUM_HORIZON,)
    assert finding.blames == (blamed,)
    assert finding.recommendations == (cure,)


def test_a_session_at_work_is_cancelled() -> None:
    (finding,) = judge([replace(SESSION, state="active")], Limits())

    assert isinstance(finding, Finding)
    assert finding.fixes == ("cancel_query",)
    assert finding.recommendations == ("Cancel its statement: SELECT pg_cancel_backend(4242);",)


def test_only_a_session_is_terminated_by_the_fix() -> None:
    fixes = [
        (verdict.fixes, verdict.pids)
        for verdict in judge([SESSION, SLOT, STANDBY, PREPARED], Limits())
        if isinstance(verdict, Finding)
    ]

    assert fixes == [(("terminate_session",), (4242,)), ((), ()), ((), ()), ((), ())]


def test_sessions_of_one_name_are_told_once_with_the_oldest_snapshot() -> None:
    """The rows come oldest first."""
    (finding,) = judge([SESSION, replace(SESSION, pid=4243, age=1_500_000)], Limits())

    assert isinstance(finding, Finding)
    assert finding.pids == (4242,)
    assert "2,000,000 transactions have begun" in finding.description


async def found(database: FreshDatabase) -> dict[str, Finding]:
    outcome = await ask(database.url, "vacuum_horizon_pinned", max_age=1000)
    assert not outcome.unknown
    return {finding.subject: finding for finding in outcome.findings}


async def test_sessions_that_hold_a_snapshot_or_have_written_are_found(
    database: FreshDatabase,
) -> None:
    async with application(database) as app:
        report = await app.idle_in_transaction(
            "report", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_am"
        )
        await app.idle_in_transaction("writer", "CREATE TABLE t (a int)")
        await app.idle_in_transaction("harmless", "SELECT count(*) FROM pg_am")
        database.run(USE_UP_1000)
        await app.idle_in_transaction("young", "CREATE TABLE u (a int)")

        holders = await found(database)
        pid = report.info.backend_pid

    place = f"{app.role}@{database.name}"
    assert set(holders) == {f"{place} (report)", f"{place} (writer)"}
    assert holders[f"{place} (report)"].pids == (pid,)
    assert holders[f"{place} (report)"].metrics["age_count"] >= 1000


async def test_what_holds_less_than_the_limit_is_clean(database: FreshDatabase) -> None:
    async with application(database) as app:
        await app.idle_in_transaction("writer", "CREATE TABLE t (a int)")
        database.run(USE_UP_1000)

        assert (await ask(database.url, "vacuum_horizon_pinned", max_age=2000)).clean


@contextmanager
def prepared(database: FreshDatabase) -> Iterator[str]:
    """Leave a prepared transaction with an odd name, and roll it back afterwards."""
    literal = "'" + GID.replace("'", "''") + "'"
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT txid_current()")
        connection.execute(f"PREPARE TRANSACTION {literal}".encode())
        try:
            yield literal
        finally:
            connection.execute(f"ROLLBACK PREPARED {literal}".encode())


async def test_a_prepared_transaction_is_found_with_the_statement_that_ends_it(
    database: FreshDatabase,
) -> None:
    with prepared(database) as literal:
        database.run(USE_UP_1000)

        holders = await found(database)

    (finding,) = holders.values()
    assert finding.subject == f"prepared transaction {GID}"
    assert finding.recommendations == (
        f"In database {database.name}: ROLLBACK PREPARED {literal}; -- or COMMIT PREPARED",
    )
    assert await found(database) == {}


async def test_a_slot_that_nobody_reads_is_found(database: FreshDatabase) -> None:
    try:
        database.run(
            "SELECT pg_create_logical_replication_slot('forgotten', 'pgoutput')",
            "SELECT pg_create_physical_replication_slot('without_snapshot', true)",
            USE_UP_1000,
        )

        holders = await found(database)
    finally:
        database.run(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active"
        )

    assert set(holders) == {"replication slot forgotten"}


async def test_a_role_that_does_not_see_other_sessions_is_told_so(
    database: FreshDatabase,
) -> None:
    async with application(database) as app:
        outcome = await ask(app.url, "vacuum_horizon_pinned")

    (gap,) = outcome.unknown
    assert gap.remedy == f"GRANT pg_read_all_stats TO {app.role};"
