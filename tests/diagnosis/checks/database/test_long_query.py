"""A statement has been running for long."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fettle.diagnosis.checks.database.long_query import Limits, Row, judge
from fettle.model.finding import Finding
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.sessions import application, waiting

ROW = Row(7, "app", "shop", "web", timedelta(0), None, "SELECT 'secret' FROM t")


@pytest.mark.parametrize(
    ("seconds", "severity"),
    [(59.9, None), (60, Severity.MEDIUM), (299, Severity.MEDIUM), (300, Severity.HIGH)],
)
def test_the_time_decides(seconds: float, severity: Severity | None) -> None:
    verdicts = judge([replace(ROW, running=timedelta(seconds=seconds))], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


def test_of_sessions_of_one_name_only_the_long_ones_are_named_and_no_value_is_told() -> None:
    long, short = replace(ROW, running=timedelta(minutes=2)), replace(ROW, pid=8)

    (found,) = judge([long, short], Limits())

    assert isinstance(found, Finding)
    assert found.pids == (7,)
    assert "secret" not in str(found)


async def test_who_merely_waits_for_a_lock_is_not_at_work(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)", "GRANT ALL ON t TO PUBLIC")
    async with application(database) as app:
        await app.idle_in_transaction("holder", "LOCK TABLE t")
        await app.running("waiter", "SELECT count(*) FROM t")
        await app.running("worker", "SELECT pg_sleep(60)")
        await app.running("pg_dump", "SELECT pg_sleep(60)")
        await waiting(database, 1)

        outcome = await ask(database.url, "long_query", medium="0s")

        mine = [found.subject for found in outcome.findings if app.role in found.subject]
        assert mine == [f"{app.role}@{database.name} (worker)"]
