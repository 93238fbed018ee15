"""Statements are thrown out of the statistics."""

from datetime import timedelta

import pytest

from fettle.diagnosis.checks.database.statement_statistics_evicted import Limits, Row, judge
from fettle.model.finding import Finding, Note
from fettle.model.severity import Severity
from tests import servers
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask


@pytest.mark.parametrize(
    ("evictions", "days", "found"),
    [(0, 30, False), (29, 30, False), (30, 30, True), (1, 0.01, True), (0, 0.01, False)],
)
def test_once_a_day_is_too_often(evictions: int, days: float, found: bool) -> None:
    verdicts = list(judge([Row(evictions, timedelta(days=days), 5_000)], Limits()))

    assert [one.severity for one in verdicts if isinstance(one, Finding)] == (
        [Severity.INFO] if found else []
    )


def test_a_server_that_does_not_count_is_noted() -> None:
    (verdict,) = judge([Row(None, None, 5_000)], Limits())

    assert isinstance(verdict, Note)


async def test_a_server_that_has_evicted_nothing_is_clean(database: FreshDatabase) -> None:
    database.run("CREATE EXTENSION pg_stat_statements")

    outcome = await ask(database.url, "statement_statistics_evicted", daily=1e9)

    assert outcome.clean


@pytest.mark.parametrize("major", [18, 15])
async def test_a_server_with_too_little_room_is_found(major: int) -> None:
    with servers.serve(major, **{"pg_stat_statements.max": "100"}) as server:
        server.run("CREATE EXTENSION pg_stat_statements")
        server.run(*(f"SELECT {', '.join(number * '1')}" for number in range(1, 250)))

        outcome = await ask(server.url(), "statement_statistics_evicted")

    (finding,) = outcome.findings
    assert finding.subject == "pg_stat_statements.max"
    assert finding.metrics["evictions_count"] >= 1
    assert finding.metrics["room_count"] == 100
