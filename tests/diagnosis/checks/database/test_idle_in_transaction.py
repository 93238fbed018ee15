"""A session is idle inside a transaction."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.diagnosis.checks.database.idle_in_transaction import Limits, Row, judge
from fettle.model.finding import Finding
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.sessions import application, waiting

ROW = Row(4242, "app", "shop", "web", timedelta(0), timedelta(0), "SELECT 1", 0)


@pytest.mark.parametrize(
    ("idle_s", "holds_up", "severity"),
    [
        (299, 0, None),
        (300, 0, Severity.MEDIUM),
        (1799, 0, Severity.MEDIUM),
        (1800, 0, Severity.HIGH),
        (59, 1, None),
        (60, 1, Severity.CRITICAL),
    ],
)
def test_how_long_and_whom_it_holds_up_decide(
    idle_s: int, holds_up: int, severity: Severity | None
) -> None:
    verdicts = judge([replace(ROW, idle=timedelta(seconds=idle_s), holds_up=holds_up)], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


def test_sessions_of_one_name_are_one_finding_that_names_no_process() -> None:
    long = replace(ROW, idle=timedelta(hours=1))

    (found,) = judge([replace(long, pid=pid) for pid in (1, 2, 3)], Limits())

    assert isinstance(found, Finding)
    assert found.subject == "app@shop (web)"
    assert found.pids == (1, 2, 3)
    assert len(found.evidence) == 3


async def test_the_idle_one_is_found_and_the_working_ones_are_not(
    database: FreshDatabase,
) -> None:
    database.run("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
    database.run("GRANT ALL ON t TO PUBLIC")
    async with application(database) as app:
        idle = await app.idle_in_transaction("web", "UPDATE t SET a = 2")
        await app.connect("pool", autocommit=True)
        for _ in range(2):
            await app.running("worker", "UPDATE t SET a = 3")
        await waiting(database, 2)

        pid = idle.info.backend_pid

        outcome = await ask(database.url, "idle_in_transaction", blocking="0s")

    mine = [found for found in outcome.findings if app.role in found.subject]
    assert [(found.severity, found.pids) for found in mine] == [(Severity.CRITICAL, (pid,))]
    assert mine[0].metrics["held_up_count"] == 2
