"""Nobody counts which statements take the time."""

from dataclasses import replace

import pytest

from fettle.diagnosis.checks.database.statement_statistics_missing import Row, judge
from fettle.model.finding import Finding
from fettle.model.severity import Severity
from fettle.unit import NoLimits
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask

ROW = Row(installed=False, loaded=False, available=True, database="shop", provider=None)


@pytest.mark.parametrize(
    ("installed", "loaded", "steps"),
    [(True, True, None), (False, True, 1), (True, False, 1), (False, False, 2)],
)
def test_the_steps_that_are_missing_are_told_and_no_others(
    installed: bool, loaded: bool, steps: int | None
) -> None:
    verdicts = judge([replace(ROW, installed=installed, loaded=loaded)], NoLimits())

    found = [verdict for verdict in verdicts if isinstance(verdict, Finding)]
    assert [len(one.recommendations) for one in found] == ([steps] if steps else [])
    assert all(one.severity is Severity.INFO for one in found)


@pytest.mark.parametrize(
    ("provider", "word"),
    [("supabase", "dashboard"), ("rds", "parameter group"), (None, "ALTER SYSTEM")],
)
def test_each_provider_has_its_own_way(provider: str | None, word: str) -> None:
    (found,) = judge([replace(ROW, provider=provider)], NoLimits())

    assert isinstance(found, Finding)
    assert word in found.recommendations[0]


async def test_it_is_said_until_the_extension_is_there(database: FreshDatabase) -> None:
    before = await ask(database.url, "statement_statistics_missing")
    database.run("CREATE EXTENSION pg_stat_statements")
    after = await ask(database.url, "statement_statistics_missing")

    assert before.findings[0].recommendations == ("CREATE EXTENSION pg_stat_statements;",)
    assert after.clean
