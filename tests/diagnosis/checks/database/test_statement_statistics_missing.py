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
GOOD = replace(ROW, installed=True, loaded=True)


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


@pytest.mark.parametrize(
    ("row", "steps"),
    [
        (replace(ROW, available=False), 3),
        (replace(ROW, available=False, provider="rds"), 2),
        (replace(GOOD, outdated=True), 1),
        (replace(GOOD, untracked=True), 2),
        (replace(GOOD, untracked=True, provider="rds"), 1),
        (replace(GOOD, unnumbered=True), 2),
        (GOOD, 0),
    ],
)
def test_all_that_hinders_is_told_with_its_steps(row: Row, steps: int) -> None:
    found = [one for one in judge([row], NoLimits()) if isinstance(one, Finding)]

    assert sum(len(one.recommendations) for one in found) == steps
    assert len(found) <= 1


async def test_an_extension_that_pg_upgrade_left_behind_is_told_the_way(
    database: FreshDatabase,
) -> None:
    database.run("CREATE EXTENSION pg_stat_statements VERSION '1.7'")
    (found,) = (await ask(database.url, "statement_statistics_missing")).findings
    database.run(*found.recommendations)

    assert found.recommendations == ("ALTER EXTENSION pg_stat_statements UPDATE;",)
    assert (await ask(database.url, "statement_statistics_missing")).clean
    assert (await ask(database.url, "slow_queries", mean="1h")).clean


async def test_a_library_that_counts_nothing_is_found(database: FreshDatabase) -> None:
    database.run(
        "CREATE EXTENSION pg_stat_statements",
        f"ALTER DATABASE {database.name} SET pg_stat_statements.track = 'none'",
    )

    (found,) = (await ask(database.url, "statement_statistics_missing")).findings

    assert "told to count nothing" in found.description


async def test_it_is_said_until_the_extension_is_there(database: FreshDatabase) -> None:
    before = await ask(database.url, "statement_statistics_missing")
    database.run("CREATE EXTENSION pg_stat_statements")
    after = await ask(database.url, "statement_statistics_missing")

    assert before.findings[0].recommendations == ("CREATE EXTENSION pg_stat_statements;",)
    assert after.clean
