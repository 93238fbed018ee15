"""Checks that tasks ask of databases, with what the settings say of them."""

import pytest

from fettle.errors import NotFound
from fettle.flow.upkeep_checks import UpkeepChecks
from fettle.main import Wired
from fettle.model.ports_upkeep import Upkept
from fettle.settings import Settings
from fettle.testing import SteppedClock
from tests.conftest import FreshDatabase


def checks(url: str, **more: object) -> UpkeepChecks:
    given = {
        "database": [
            {
                "name": "main-db",
                "url": url,
                "limits": {"connections_saturated": {"high": "60 %"}},
            },
            {"name": "other", "url": url, "fix_url": url},
        ],
        **more,
    }
    settings, wired = Settings.model_validate(given), Wired({})
    return UpkeepChecks(settings, wired.eyes(settings), wired.databases(settings), SteppedClock())


def test_limits_are_those_that_hold_for_the_database() -> None:
    asked = checks("postgresql://host/db")

    assert asked.limits("main-db", "connections_saturated") == {"high": 0.6, "critical": 0.95}
    assert asked.limits("other", "connections_saturated") == {"high": 0.8, "critical": 0.95}
    assert asked.databases == [Upkept("main-db", False), Upkept("other", True)]


async def test_a_database_that_nobody_named_is_said_to_be_none() -> None:
    with pytest.raises(NotFound):
        await checks("postgresql://host/db").ask("gone", ["table_bloat"])


async def test_what_is_accepted_is_no_finding(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)", "CREATE INDEX t_a ON t (a)", "CREATE INDEX t_b ON t (a)")
    asked = checks(database.url)
    found = await asked.ask("main-db", ["index_duplicate"])
    accepted = {"check": "index_duplicate", "reason": "a release is at it", "until": "2026-12-31"}
    again = checks(database.url, ignore=[accepted])

    assert [one.check for one in found.findings] == ["index_duplicate"]
    assert not (await again.ask("main-db", ["index_duplicate"])).findings
