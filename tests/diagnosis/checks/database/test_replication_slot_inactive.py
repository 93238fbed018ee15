"""A replication slot holds back WAL that nobody reads."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from fettle.diagnosis.checks.database.replication_slot_inactive import Limits, Row, judge
from fettle.model.finding import Finding
from fettle.model.quantity import Bytes
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.planted.background import wait_until

GIBIBYTE = 1024**3
TWO_MEBIBYTES = (
    "CREATE TABLE filling AS SELECT repeat('x', 1000) AS a FROM generate_series(1, 2100)",
    "DROP TABLE filling",
)


def row(status: str, retained: int, *, active: bool) -> Row:
    return Row("s", "physical", None, active, status, Bytes(retained))


@pytest.mark.parametrize(
    ("status", "active", "retained", "severity"),
    [
        ("reserved", False, 0, None),
        ("reserved", False, GIBIBYTE - 1, None),
        ("reserved", False, GIBIBYTE, Severity.HIGH),
        ("extended", False, GIBIBYTE, Severity.HIGH),
        ("reserved", True, GIBIBYTE, None),
        ("extended", True, 100 * GIBIBYTE, None),
        ("unreserved", False, 0, Severity.HIGH),
        ("unreserved", True, 0, Severity.HIGH),
        ("lost", False, 0, Severity.CRITICAL),
        ("lost", True, 0, Severity.CRITICAL),
    ],
)
def test_what_is_lost_is_worst_and_what_is_read_may_wait(
    status: str, active: bool, retained: int, severity: Severity | None
) -> None:
    verdicts = judge([row(status, retained, active=active)], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


def test_a_slot_that_fills_the_disk_runs_out_of_room_and_a_lost_one_does_not() -> None:
    filling, lost = judge(
        [row("reserved", GIBIBYTE, active=False), row("lost", 0, active=False)], Limits()
    )

    assert isinstance(filling, Finding)
    assert isinstance(lost, Finding)
    assert filling.saturation
    assert not lost.saturation
    assert filling.recommendations[0] == "Start its consumer again"
    assert lost.recommendations[0] == "Make its consumer anew"


@contextmanager
def slots(database: FreshDatabase, *creations: str) -> Iterator[None]:
    """Make slots, and drop whatever slots there are afterwards; they outlive the database."""
    try:
        database.run(*creations)
        yield
    finally:
        database.run(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active"
        )


async def test_a_forgotten_slot_is_reported_with_what_it_holds_back(
    database: FreshDatabase,
) -> None:
    with slots(
        database,
        "SELECT pg_create_physical_replication_slot('standby_gone', true)",
        "SELECT pg_create_logical_replication_slot('subscriber_gone', 'pgoutput')",
        "SELECT pg_create_physical_replication_slot('never_used')",
        *TWO_MEBIBYTES,
        "SELECT pg_create_logical_replication_slot('just_made', 'pgoutput')",
    ):
        outcome = await ask(database.url, "replication_slot_inactive", retained="1MiB")
        roomy = await ask(database.url, "replication_slot_inactive")

    assert {found.subject: found.severity for found in outcome.findings} == {
        "standby_gone": Severity.HIGH,
        "subscriber_gone": Severity.HIGH,
    }
    assert all(found.metrics["retained_bytes"] >= 2 * 1024**2 for found in outcome.findings)
    assert roomy.clean


async def test_the_statement_that_is_recommended_drops_it(database: FreshDatabase) -> None:
    with slots(
        database, "SELECT pg_create_physical_replication_slot('gone', true)", *TWO_MEBIBYTES
    ):
        (finding,) = (
            await ask(database.url, "replication_slot_inactive", retained="1MiB")
        ).findings
        database.run(finding.recommendations[1].removeprefix("Or drop it: "))

        assert (await ask(database.url, "replication_slot_inactive", retained="1MiB")).clean


async def test_a_slot_that_is_being_read_is_clean(database: FreshDatabase) -> None:
    with psycopg.connect(database.url, autocommit=True) as consumer:
        consumer.execute("SELECT pg_create_physical_replication_slot('in_use', true, true)")
        database.run(*TWO_MEBIBYTES)

        assert (await ask(database.url, "replication_slot_inactive", retained="1MiB")).clean
    wait_until(database.server, "SELECT count(*) = 0 FROM pg_replication_slots")


async def test_a_slot_that_has_lost_its_wal_is_critical(database: FreshDatabase) -> None:
    switch = ("SELECT pg_current_xact_id()", "SELECT pg_switch_wal()")
    try:
        with slots(
            database,
            "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'",
            "SELECT pg_reload_conf()",
            "SELECT pg_create_physical_replication_slot('too_late', true)",
        ):
            database.run(*switch, *switch, *switch, "CHECKPOINT")

            outcome = await ask(database.url, "replication_slot_inactive")
    finally:
        database.run("ALTER SYSTEM RESET max_slot_wal_keep_size", "SELECT pg_reload_conf()")

    assert [(found.subject, found.severity) for found in outcome.findings] == [
        ("too_late", Severity.CRITICAL)
    ]
