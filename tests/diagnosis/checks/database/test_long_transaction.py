"""A transaction has been open for long."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.diagnosis.checks.database.long_transaction import Limits, Row, judge
from fettle.model.finding import Finding
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.sessions import application

ROW = Row(7, "app", "shop", "web", timedelta(0), None, "active", "SELECT 1", 0)


@pytest.mark.parametrize(
    ("seconds", "severity"),
    [(299, None), (300, Severity.MEDIUM), (3599, Severity.MEDIUM), (3600, Severity.HIGH)],
)
def test_the_time_decides(seconds: int, severity: Severity | None) -> None:
    verdicts = judge([replace(ROW, lasting=timedelta(seconds=seconds))], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


@pytest.mark.parametrize(
    ("idle_s", "severity"), [(None, Severity.HIGH), (299, Severity.HIGH), (300, None)]
)
def test_one_that_was_idle_for_a_while_is_reported_here_until_the_other_check_does(
    idle_s: int | None, severity: Severity | None
) -> None:
    """A job that waits four minutes between its statements is never idle for five."""
    idle = None if idle_s is None else timedelta(seconds=idle_s)
    verdicts = judge([replace(ROW, lasting=timedelta(hours=2), idle=idle)], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


@pytest.mark.parametrize(
    ("state", "fix"),
    [("active", "cancel_query"), ("idle in transaction", "terminate_session")],
)
def test_the_cure_fits_what_it_does(state: str, fix: str) -> None:
    (found,) = judge([replace(ROW, lasting=timedelta(hours=1), state=state)], Limits())

    assert isinstance(found, Finding)
    assert found.fixes == (fix,)


async def test_a_session_outside_a_transaction_is_left_out(database: FreshDatabase) -> None:
    async with application(database) as app:
        await app.connect("idle", autocommit=True)
        await app.running("worker", "SELECT pg_sleep(60)")
        await app.idle_in_transaction("web", "SELECT 1")

        outcome = await ask(database.url, "long_transaction", medium="0s")
        at_once = await ask(database.url, "long_transaction", medium="0s", idle="0s")

        mine = {found.subject for found in outcome.findings if app.role in found.subject}
        active = {found.subject for found in at_once.findings if app.role in found.subject}
        assert mine == {f"{app.role}@{database.name} ({name})" for name in ("worker", "web")}
        assert active == {f"{app.role}@{database.name} (worker)"}
