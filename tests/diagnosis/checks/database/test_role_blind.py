"""The role cannot see everything."""

from fettle.diagnosis.checks.database.role_blind import Row, judge
from fettle.model.finding import Unknown
from fettle.unit import NoLimits
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.sessions import application


def test_what_is_hidden_is_unknown_with_the_grant_that_shows_it() -> None:
    rows = [Row("the sessions of others", "GRANT x TO y;")]

    assert judge(rows, NoLimits()) == [
        Unknown("the role cannot see the sessions of others", "GRANT x TO y;")
    ]


async def test_a_superuser_sees_everything(database: FreshDatabase) -> None:
    assert (await ask(database.url, "role_blind")).clean


async def test_the_grants_that_are_named_are_enough(database: FreshDatabase) -> None:
    database.run(
        "CREATE TABLE hidden (a serial)",
        'CREATE SCHEMA "Ext"',
        'CREATE EXTENSION pg_stat_statements SCHEMA "Ext"',
        'REVOKE SELECT ON "Ext".pg_stat_statements FROM PUBLIC',
    )
    async with application(database) as app:
        before = await ask(app.url, "role_blind")
        database.run(*(gap.remedy or "" for gap in before.unknown))
        after = await ask(app.url, "role_blind")
        database.run(*(f"REVOKE {role} FROM {app.role}" for role in _granted(before.unknown)))

    assert sorted(gap.reason for gap in before.unknown) == [
        "the role cannot see how far 1 sequences have come",
        "the role cannot see the planner's statistics of 1 tables",
        "the role cannot see the sessions and statements of other users",
        "the role cannot see which statements take the time",
    ]
    assert after.clean


def _granted(gaps: tuple[Unknown, ...]) -> list[str]:
    grants = [(gap.remedy or "").split() for gap in gaps]
    return sorted({grant[1] for grant in grants if grant and grant[1].startswith("pg_")})
