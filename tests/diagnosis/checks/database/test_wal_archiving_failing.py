"""WAL archiving is failing."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fettle.diagnosis.checks.database.wal_archiving_failing import Row, judge
from fettle.model.finding import Finding
from fettle.model.severity import Severity
from fettle.unit import NoLimits
from tests import servers
from tests.conftest import MAJORS, FreshDatabase
from tests.diagnosis.asking import ask
from tests.planted.background import wait_until
from tests.servers import Server

ROW = Row(
    is_on=True,
    works=True,
    idle=False,
    failing=True,
    wal="000000010000000000000001",
    failures=3,
    since_success=timedelta(hours=2),
    since_failure=timedelta(seconds=5),
)


@pytest.mark.parametrize(
    ("is_on", "failing", "severity"),
    [
        (True, True, Severity.CRITICAL),
        (True, False, None),
        (False, True, None),
        (False, False, None),
    ],
)
def test_a_last_try_that_failed_is_critical_while_archiving_is_on(
    is_on: bool, failing: bool, severity: Severity | None
) -> None:
    verdicts = judge([replace(ROW, is_on=is_on, failing=failing)], NoLimits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


@pytest.mark.parametrize(
    ("works", "idle", "severity"),
    [(True, True, Severity.CRITICAL), (True, False, None), (False, True, None)],
)
def test_an_archive_that_nothing_is_put_into_is_critical(
    works: bool, idle: bool, severity: Severity | None
) -> None:
    verdicts = judge([replace(ROW, failing=False, works=works, idle=idle)], NoLimits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


@pytest.mark.parametrize(
    ("since_success", "said"),
    [
        (timedelta(hours=2), "the last success was 2 h ago"),
        (timedelta(0), "the last success was 0 ms ago"),
        (None, "it never succeeded"),
    ],
)
def test_the_last_success_is_told(since_success: timedelta | None, said: str) -> None:
    (finding,) = judge([replace(ROW, since_success=since_success)], NoLimits())

    assert isinstance(finding, Finding)
    assert finding.description == f"the last try failed, on 000000010000000000000001; {said}"


@pytest.fixture(scope="module", params=MAJORS, ids=lambda major: f"pg{major}")
def archiving(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Give a server of each version whose archive_command succeeds while a file is there."""
    settings = {"archive_mode": "on", "archive_command": "test -e archive_is_there"}
    with servers.serve(request.param, **settings) as server:
        yield server


def archive(server: Server, *, works: bool) -> None:
    """Have the archiver try a file, and succeed or fail."""
    archive_is_there = server.data / "archive_is_there"
    if works:
        archive_is_there.touch()
    else:
        archive_is_there.unlink(missing_ok=True)
    begun = datetime.now(UTC)
    server.run("SELECT txid_current()", "SELECT pg_switch_wal()")
    tried = "last_archived_time" if works else "last_failed_time"
    wait_until(server, f"SELECT {tried} > %s FROM pg_stat_archiver", begun)


async def test_an_archive_command_that_fails_is_reported(archiving: Server) -> None:
    archive(archiving, works=False)

    (finding,) = (await ask(archiving.url(), "wal_archiving_failing")).findings

    assert finding.subject == "archiver"
    assert finding.severity == Severity.CRITICAL
    assert finding.metrics["failures_count"] >= 1


async def test_it_is_clean_once_a_file_was_archived_after_the_failure(archiving: Server) -> None:
    archive(archiving, works=False)
    archive(archiving, works=True)

    assert (await ask(archiving.url(), "wal_archiving_failing")).clean


async def test_a_failure_after_a_success_is_reported(archiving: Server) -> None:
    archive(archiving, works=True)
    archive(archiving, works=False)

    (finding,) = (await ask(archiving.url(), "wal_archiving_failing")).findings

    assert "the last success was" in finding.description


async def test_an_empty_archive_command_is_reported_although_nothing_fails(
    archiving: Server,
) -> None:
    archive(archiving, works=True)
    archiving.run("ALTER SYSTEM SET archive_command = ''", "SELECT pg_reload_conf()")
    try:
        wait_until(archiving, "SELECT current_setting('archive_command') = ''")

        (finding,) = (await ask(archiving.url(), "wal_archiving_failing")).findings
    finally:
        archiving.run("ALTER SYSTEM RESET archive_command", "SELECT pg_reload_conf()")
        wait_until(archiving, "SELECT current_setting('archive_command') <> ''")

    assert "every WAL file is kept" in finding.description


async def test_a_server_that_does_not_archive_is_clean(database: FreshDatabase) -> None:
    assert (await ask(database.url, "wal_archiving_failing")).clean
