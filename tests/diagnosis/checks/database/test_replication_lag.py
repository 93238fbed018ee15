"""A standby is behind."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from fettle.diagnosis.checks.database.replication_lag import Limits, Row, judge
from fettle.model.finding import Finding
from fettle.model.quantity import Bytes
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.planted.background import wait_until
from tests.planted.sessions import receiving_wal
from tests.standby import Pair

ROW = Row("standby1", "streaming", timedelta(0), Bytes(0), cut_off=False)
GIBIBYTE = 1024**3


@pytest.mark.parametrize(
    ("lag_s", "behind", "severity"),
    [
        (0, 0, None),
        (29.999, 0, None),
        (30, 0, Severity.MEDIUM),
        (299.999, 0, Severity.MEDIUM),
        (300, 0, Severity.HIGH),
        (0, GIBIBYTE - 1, None),
        (0, GIBIBYTE, Severity.HIGH),
        (30, GIBIBYTE, Severity.HIGH),
        (None, None, None),
        (None, GIBIBYTE, Severity.HIGH),
        (300, None, Severity.HIGH),
    ],
)
def test_the_time_and_the_wal_it_is_behind_decide(
    lag_s: float | None, behind: int | None, severity: Severity | None
) -> None:
    row = replace(
        ROW,
        lag=None if lag_s is None else timedelta(seconds=lag_s),
        behind=None if behind is None else Bytes(behind),
    )

    verdicts = judge([row], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


async def test_a_standby_that_has_replayed_everything_is_clean(pair: Pair) -> None:
    pair.primary.run("SELECT pg_current_xact_id()")
    pair.caught_up()

    assert (await ask(pair.primary.url(), "replication_lag", behind="1MiB")).clean
    assert (await ask(pair.standby.url(), "replication_lag", behind="1MiB")).clean


async def test_a_standby_that_replays_nothing_is_reported_by_the_primary(pair: Pair) -> None:
    with pair.replay_paused():
        outcome = await ask(pair.primary.url(), "replication_lag", behind="1MiB")
        roomy = await ask(pair.primary.url(), "replication_lag")

    (finding,) = outcome.findings
    assert finding.subject == "walreceiver"
    assert finding.severity == Severity.HIGH
    assert finding.metrics["behind_bytes"] >= 2 * 1024**2
    assert roomy.clean


async def test_a_standby_that_replays_nothing_reports_itself(pair: Pair) -> None:
    pair.primary.run("SELECT pg_current_xact_id()")
    pair.caught_up()
    with pair.replay_paused():
        outcome = await ask(pair.standby.url(), "replication_lag", medium="1us", high="1h")
        large = await ask(pair.standby.url(), "replication_lag", medium="1h", behind="1MiB")

    assert [(found.subject, found.severity) for found in outcome.findings] == [
        ("this standby", Severity.MEDIUM)
    ]
    assert [(found.subject, found.severity) for found in large.findings] == [
        ("this standby", Severity.HIGH)
    ]


async def test_a_standby_that_was_idle_for_long_is_not_behind(pair: Pair) -> None:
    pair.caught_up()

    assert (await ask(pair.standby.url(), "replication_lag", medium="1us")).clean


@pytest.mark.parametrize(
    ("lag_s", "severity"),
    [(None, Severity.MEDIUM), (1, Severity.MEDIUM), (300, Severity.HIGH)],
)
def test_one_that_is_cut_off_is_never_clean(lag_s: float | None, severity: Severity) -> None:
    lag = None if lag_s is None else timedelta(seconds=lag_s)

    (finding,) = judge([replace(ROW, lag=lag, behind=None, cut_off=True)], Limits())

    assert isinstance(finding, Finding)
    assert finding.severity == severity
    assert "receives nothing from its primary" in finding.description


async def test_a_standby_that_lost_its_primary_is_not_up_to_date(pair: Pair) -> None:
    """It has replayed all that it received; what it did not receive it does not know of."""
    pair.caught_up()
    with pair.cut_off():
        outcome = await ask(pair.standby.url(), "replication_lag")

    (finding,) = outcome.findings
    assert finding.subject == "this standby"
    assert "receives nothing from its primary" in finding.description


async def test_a_server_without_standbys_is_clean(database: FreshDatabase) -> None:
    assert (await ask(database.url, "replication_lag", medium="1us", behind="1")).clean


async def test_what_only_keeps_the_wal_is_judged_by_what_it_has_written(
    database: FreshDatabase,
) -> None:
    """It flushes a file when it is full, be it days later, and replays nothing."""
    flushed = "SELECT bool_and(flush_lag > write_lag + interval '1 s') FROM pg_stat_replication"
    written = "SELECT bool_and(write_lsn >= pg_current_wal_lsn()) FROM pg_stat_replication"
    with receiving_wal(database.server):
        for table in ("first", "second"):
            database.run(f"CREATE TABLE {table} (a int)")
            wait_until(database.server, written)
        wait_until(database.server, flushed)

        outcome = await ask(database.url, "replication_lag", medium="1us")
        with psycopg.connect(database.url) as connection:
            row = connection.execute("SELECT flush_lag FROM pg_stat_replication").fetchone()

    (finding,) = outcome.findings
    assert finding.subject == "pg_receivewal"
    assert row is not None
    assert finding.metrics["lag_s"] < row[0].total_seconds() - 0.5
