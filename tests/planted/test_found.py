"""Of the planted database, every trouble is found, and nothing that only looks like one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fettle import unit
from fettle.diagnosis import ask
from fettle.flow.look import Questions, diagnose
from fettle.model.diagnosis import Diagnosis
from fettle.model.ports import Database
from fettle.model.target import Target
from fettle.targets.postgres import Patience, looking_at
from fettle.testing import SteppedClock
from tests.planted.expected import CONTROLS, PLANTED, Expected
from tests.planted.plant import Planted


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[Database]:
    """Connect as `fettle check` does."""
    async with looking_at(target.url, Patience()) as database:
        yield database


async def look(url: str, expected: tuple[Expected, ...]) -> Diagnosis:
    """Look with every check, under the limits that the planted troubles need."""
    limits = [f"{name}={value}" for one in expected for name, value in one.limits.items()]
    checks = unit.checks_of_databases()
    with_limits = ask.with_limits(list(checks.values()), {}, ask.parse_options(checks, limits))
    asked = Questions(tuple(with_limits))
    return await diagnose(Target("planted", url), connect, asked, SteppedClock())


def keys(expected: tuple[Expected, ...], database: str) -> set[str]:
    """Return the keys of the findings that are to be reported."""
    return {f"{one.check}:{one.subject}" for one in expected if one.database == database}


async def test_every_planted_trouble_is_found(planted_server: Planted) -> None:
    with planted_server.sessions():
        diagnosis = await look(planted_server.url, planted_server.expected)

    found = {finding.key for finding in diagnosis.findings}
    assert keys(planted_server.expected, PLANTED) - found == set()
    assert diagnosis.unknown == []


async def test_nothing_that_is_healthy_is_reported(planted_server: Planted) -> None:
    with planted_server.sessions():
        diagnosis = await look(planted_server.url, planted_server.expected)

    found = {finding.key for finding in diagnosis.findings}
    innocent = {
        f"{check}:{control.subject}"
        for control in CONTROLS
        for check in control.must_not_be_reported_by
    }
    assert found & innocent == set()


async def test_what_nobody_planted_is_not_reported(planted_server: Planted) -> None:
    """Beside the troubles that were planted there are only those that they bring along."""
    diagnosis = await look(planted_server.url, planted_server.expected)

    found = {finding.key for finding in diagnosis.findings}
    surplus = found - keys(planted_server.expected, PLANTED)
    assert sorted(surplus) == []


async def test_a_database_without_statement_statistics_is_told_so(
    planted_server: Planted,
) -> None:
    diagnosis = await look(planted_server.bare_url, planted_server.expected)

    found = {finding.key for finding in diagnosis.findings}
    assert "statement_statistics_missing:pg_stat_statements" in found
    assert "slow_queries" in {check for check, _ in diagnosis.unknown}
