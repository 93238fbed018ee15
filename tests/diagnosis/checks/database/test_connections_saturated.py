"""The server is running out of connections."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.database.connections_saturated import Limits, Row, judge
from fettle.model.finding import Finding, Measurement
from fettle.model.severity import Severity
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.sessions import application

ROW = Row("app", "shop", "web", 0, 0, 0, 0, maximum=103, usable=100)


@pytest.mark.parametrize(
    ("total", "severity"),
    [(79, None), (80, Severity.HIGH), (94, Severity.HIGH), (95, Severity.CRITICAL)],
)
def test_the_share_of_the_usable_connections_decides(total: int, severity: Severity | None) -> None:
    verdicts = judge([replace(ROW, total=total)], Limits())

    assert [found.severity for found in verdicts if isinstance(found, Finding)] == (
        [severity] if severity is not None else []
    )


def test_the_figures_are_given_healthy_or_not() -> None:
    rows = [replace(ROW, total=3, active=1, idle=1, idle_in_transaction=1), ROW]

    figures = {one.name: one.value for one in judge(rows, Limits()) if isinstance(one, Measurement)}

    assert figures == {
        "connections_total": 3,
        "connections_active": 1,
        "connections_idle": 1,
        "connections_idle_in_transaction": 1,
        "connections_max": 103,
        "connections_used_ratio": 0.03,
    }


async def test_clients_are_counted_and_neither_fettle_nor_the_server_itself(
    database: FreshDatabase,
) -> None:
    async with application(database) as app:
        for _ in range(3):
            await app.connect("pool", autocommit=True)
        await app.idle_in_transaction("web", "SELECT 1")
        await app.connect("fettle", autocommit=True)

        outcome = await ask(database.url, "connections_saturated", high="0")

        (found,) = outcome.findings
        mine = [row for row in found.evidence if row["user"] == app.role]
        assert sorted((row["application"], row["total"], row["idle"]) for row in mine) == [
            ("pool", 3, 3),
            ("web", 1, 0),
        ]
        assert not [row for row in found.evidence if row["user"] in (None, "other users")]


async def test_a_role_that_sees_no_types_counts_no_background_workers(
    database: FreshDatabase,
) -> None:
    async with application(database) as app:
        await app.connect("web", autocommit=True)

        outcome = await ask(app.url, "connections_saturated", high="0")
        everybody = await ask(database.url, "connections_saturated", high="0")

    (blind,), (seeing,) = outcome.findings, everybody.findings
    assert outcome.unknown
    assert blind.metrics["connections_count"] == seeing.metrics["connections_count"]
