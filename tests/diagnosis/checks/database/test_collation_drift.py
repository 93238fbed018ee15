"""A collation has changed under its indexes."""

import itertools
from collections.abc import Iterator

import pytest

from fettle.diagnosis.checks.database.collation_drift import Row, judge
from fettle.model.finding import Finding, Relation
from fettle.model.severity import Severity
from fettle.unit import NoLimits
from tests.conftest import FreshDatabase
from tests.diagnosis.asking import ask
from tests.servers import Server

_numbers = itertools.count(1)


@pytest.mark.parametrize(
    ("kind", "name", "refresh"),
    [
        ("collation", "shop.german", "ALTER COLLATION shop.german REFRESH VERSION;"),
        ("database", '"Shop"', 'ALTER DATABASE "Shop" REFRESH COLLATION VERSION;'),
    ],
)
def test_the_indexes_are_rebuilt_before_the_version_is_refreshed(
    kind: str, name: str, refresh: str
) -> None:
    row = Row(kind, Relation(name), "1", "2", 2, ("shop.a_idx", 'shop."B"'))

    (finding,) = judge([row], NoLimits())

    assert isinstance(finding, Finding)
    assert finding.subject == f"{kind} {name}"
    assert finding.severity == Severity.CRITICAL
    assert finding.recommendations == (
        "REINDEX INDEX CONCURRENTLY shop.a_idx;",
        'REINDEX INDEX CONCURRENTLY shop."B";',
        f"Only then: {refresh}",
    )


def test_nothing_that_drifted_is_clean() -> None:
    assert judge([], NoLimits()) == []


@pytest.fixture
def versioned(server: Server) -> Iterator[FreshDatabase]:
    """Give a database with collations that have a version, `mine` and `other`; libc's C has none.

    The embedded server has no ICU; the builtin provider is there from 17 on. Before 15 a database
    has no version of its own.
    """
    name = f"Versioned {next(_numbers)}"
    builtin = server.major >= 17
    if builtin:
        options = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
    elif server.major >= 15:
        options = "LOCALE_PROVIDER icu ICU_LOCALE 'und' LOCALE 'C.UTF-8'"
    else:
        options = ""
    provider = (
        "provider = builtin, locale = 'C.UTF-8'" if builtin else "provider = icu, locale = 'de'"
    )
    server.run(f'CREATE DATABASE "{name}" TEMPLATE template0 {options}')
    try:
        database = FreshDatabase(name, server.url(name), server)
        database.run(
            f"CREATE COLLATION mine ({provider})",
            f"CREATE COLLATION other ({provider})",
        )
        yield database
    finally:
        server.run(f'DROP DATABASE "{name}" WITH (FORCE)')


CHANGED = "UPDATE pg_collation SET collversion = '0.1' WHERE collname = 'mine'"


async def test_a_collation_that_changed_is_reported_with_the_indexes_that_use_it(
    versioned: FreshDatabase,
) -> None:
    versioned.run(
        'CREATE SCHEMA "Odd.one"',
        'CREATE TABLE "Odd.one"."T""x" (a text COLLATE mine, b text COLLATE other, n int)',
        'CREATE INDEX "small.one" ON "Odd.one"."T""x" (n, a)',
        'CREATE INDEX steady ON "Odd.one"."T""x" (b)',
        'CREATE INDEX numbers ON "Odd.one"."T""x" (n)',
        'INSERT INTO "Odd.one"."T""x" SELECT n, n, n FROM generate_series(1, 999) AS n',
        'CREATE INDEX large ON "Odd.one"."T""x" ((b || n) COLLATE mine) WITH (fillfactor = 10)',
        CHANGED,
    )

    (finding,) = (await ask(versioned.url, "collation_drift")).findings

    assert finding.subject == "collation public.mine"
    assert finding.severity == Severity.CRITICAL
    assert finding.metrics == {"indexes_count": 2}
    assert "built with version 0.1" in finding.description
    assert finding.recommendations == (
        'REINDEX INDEX CONCURRENTLY "Odd.one".large;',
        'REINDEX INDEX CONCURRENTLY "Odd.one"."small.one";',
        "Only then: ALTER COLLATION public.mine REFRESH VERSION;",
    )


async def test_the_statements_that_are_recommended_cure_it(versioned: FreshDatabase) -> None:
    versioned.run("CREATE TABLE t (a text COLLATE mine PRIMARY KEY)", CHANGED)
    (finding,) = (await ask(versioned.url, "collation_drift")).findings

    versioned.run(*(advice.removeprefix("Only then: ") for advice in finding.recommendations))

    assert (await ask(versioned.url, "collation_drift")).clean


async def test_a_collation_that_no_index_uses_is_clean(versioned: FreshDatabase) -> None:
    versioned.run("CREATE TABLE t (a text COLLATE mine, b text COLLATE other PRIMARY KEY)", CHANGED)

    assert (await ask(versioned.url, "collation_drift")).clean


async def test_the_databases_own_collation_is_looked_at_from_15_on(
    versioned: FreshDatabase,
) -> None:
    versioned.run("CREATE TABLE t (a text PRIMARY KEY, b int UNIQUE)")
    assert (await ask(versioned.url, "collation_drift")).clean
    name = versioned.name
    if versioned.server.major >= 15:
        versioned.run(f"UPDATE pg_database SET datcollversion = '0.1' WHERE datname = '{name}'")

    outcome = await ask(versioned.url, "collation_drift")

    if versioned.server.major < 15:
        assert outcome.clean
        return
    (finding,) = outcome.findings
    assert finding.subject == f'database "{name}"'
    assert finding.recommendations[-1] == (
        f'Only then: ALTER DATABASE "{name}" REFRESH COLLATION VERSION;'
    )
    assert "REINDEX INDEX CONCURRENTLY public.t_pkey;" in finding.recommendations
    assert not any("t_b_key" in advice for advice in finding.recommendations)


async def test_what_has_no_version_is_clean(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a text PRIMARY KEY)")

    assert (await ask(database.url, "collation_drift")).clean
