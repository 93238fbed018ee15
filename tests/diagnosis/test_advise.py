"""Slow statements: planned, never executed; helped by an index where one would help."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from fettle import unit
from fettle.diagnosis import ask
from fettle.diagnosis.advise import Scan, essence, scans
from fettle.errors import CannotLook
from fettle.flow import Questions, diagnose
from fettle.model.finding import Finding
from fettle.model.fix import RunStatus
from fettle.model.ports import Database
from fettle.model.target import Target
from fettle.targets.postgres import Patience, looking_at
from fettle.testing import SteppedClock
from tests.conftest import FreshDatabase
from tests.resolution.mending import mender

SLOW = ["slow_queries.mean=0s"]
VISITS = (
    'CREATE SCHEMA "Ext"',
    'CREATE EXTENSION pg_stat_statements SCHEMA "Ext"',
    'CREATE TABLE "Visits" (id int PRIMARY KEY, visitor int, "Page No" text, at timestamptz)',
    'INSERT INTO "Visits" SELECT g, g % 5000, g::text, now() FROM generate_series(1, 50000) g',
    'ANALYZE "Visits"',
)


def seq_scan(filter_: str, alias: str = "t") -> dict[str, object]:
    return {
        "Node Type": "Seq Scan",
        "Schema": "public",
        "Relation Name": "t",
        "Alias": alias,
        "Plan Rows": 1,
        "Filter": filter_,
    }


@pytest.mark.parametrize(
    ("filter_", "columns"),
    [
        ("(t.a = $1)", ("a",)),
        ("((t.b > $1) AND (t.a = $2))", ("a", "b")),
        ("((t.b > $1) AND (t.b < $2))", ("b",)),
        ("((t.a = $1) AND (t.b >= $2) AND (t.c <= $3))", ("a", "b")),
        ("((t.email)::text = $1)", ("email",)),
        ('(t."No ""te" = $1)', ('No "te',)),
        ("(t.\u0441\u0447\u0451\u0442 = $1)", ("\u0441\u0447\u0451\u0442",)),
        ("((t.a = $1) AND (t.b = $2) AND (t.c = $3) AND (t.d = $4))", ("a", "b", "c")),
    ],
)
def test_equality_comes_first_and_then_one_range(filter_: str, columns: tuple[str, ...]) -> None:
    (scan,) = scans({"Node Type": "Limit", "Plans": [seq_scan(filter_)]})

    assert scan.columns == columns


@pytest.mark.parametrize(
    "filter_",
    [
        "((t.a = $1) OR (t.b = $2))",
        "(lower(t.a) = $1)",
        "(lower((t.a)::text) = $1)",
        "(t.a IS NULL)",
        "(other.a = $1)",
    ],
)
def test_what_no_plain_index_serves_is_left_alone(filter_: str) -> None:
    assert [scan.columns for scan in scans(seq_scan(filter_))] == []


def test_the_essence_of_a_plan_is_one_line() -> None:
    plan = {"Node Type": "Hash Join", "Plans": [seq_scan("(t.a = $1)"), {"Node Type": "Hash"}]}

    assert essence(plan) == "Hash Join (Seq Scan on t, Hash)"
    assert isinstance(next(scans(plan)), Scan)


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[Database]:
    async with looking_at(target.url, Patience()) as database:
        yield database


async def slow(database: FreshDatabase, statement: str) -> Finding:
    """Run a statement, and return what is found about it."""
    async with await psycopg.AsyncConnection.connect(database.url) as connection:
        await connection.execute('SELECT "Ext".pg_stat_statements_reset()')
        await connection.execute(statement.encode())
    checks = [unit.checks()["slow_queries"]]
    limits = ask.parse_options(unit.checks(), SLOW)
    asked = Questions(tuple(ask.with_limits(checks, {}, limits)), listings=())
    diagnosis = await diagnose(Target("x", database.url), connect, asked, SteppedClock())
    return next(found for found in diagnosis.findings if "Visits" in found.description)


async def test_the_index_that_would_help_is_suggested_and_can_be_made(
    database: FreshDatabase,
) -> None:
    database.run(*VISITS)

    found = await slow(database, 'SELECT * FROM "Visits" WHERE "Page No" = \'77\'')

    first = found.evidence[0]
    assert first["plan"] == "Seq Scan on Visits"
    assert first["suggested_index"] == ('CREATE INDEX CONCURRENTLY ON public."Visits" ("Page No")')
    assert found.blames == ('no index on public."Visits" ("Page No")',)
    assert found.fixes == ("create_suggested_index",)

    somebody = mender(database.url)
    plan = await somebody.plan_one("create_suggested_index", found.subject, slow_queries__mean="0s")
    run = await somebody.apply(plan)
    assert (run.status, run.verified) == (RunStatus.DONE, True)
    assert await somebody.plan("create_suggested_index", found.subject) == []


async def test_hypopg_lets_the_planner_try_it_first(
    pg15_database: FreshDatabase,
) -> None:
    pg15_database.run(*VISITS, "CREATE EXTENSION hypopg")

    found = await slow(pg15_database, 'SELECT * FROM "Visits" WHERE "Page No" = \'77\'')

    gain = found.evidence[0]["estimated_gain_ratio"]
    assert isinstance(gain, float)
    assert gain > 0.9
    assert "the planner expects it to cost" in found.recommendations[-1]


@pytest.mark.parametrize(
    "statement",
    [
        'SELECT count(*) FROM "Visits" WHERE visitor >= 0',  # keeps every row
        'SELECT * FROM "Visits" WHERE id = 7',  # has its index
        'SELECT * FROM "Visits" WHERE visitor = 1 OR "Page No" = \'1\'',
    ],
)
async def test_no_index_is_suggested_that_would_not_help(
    database: FreshDatabase, statement: str
) -> None:
    database.run(*VISITS)

    found = await slow(database, statement)

    assert "suggested_index" not in found.evidence[0]
    assert found.fixes == ()


async def test_a_statement_is_planned_and_never_executed(database: FreshDatabase) -> None:
    database.run(*VISITS)

    found = await slow(database, 'DELETE FROM "Visits" WHERE visitor = -1')

    async with looking_at(database.url, Patience()) as looking:
        for text in (
            'DELETE FROM "Visits"',
            'SELECT 1; DROP TABLE "Visits"',
            'DROP TABLE "Visits"',
            'EXPLAIN ANALYZE DELETE FROM "Visits"',
            'SELECT 1) ; DROP TABLE "Visits"; --',
        ):
            try:
                await looking.plans(text)
            except CannotLook:
                continue
        rows = await looking.read('SELECT count(*) FROM public."Visits"')
    assert rows.values == [(50000,)]
    assert found.evidence[0]["plan"] == "ModifyTable on Visits (Seq Scan on Visits)"


async def test_planning_waits_for_no_lock_and_leaves_nothing_behind(
    database: FreshDatabase,
) -> None:
    database.run(*VISITS)
    async with (
        await psycopg.AsyncConnection.connect(database.url) as holder,
        looking_at(database.url, Patience()) as looking,
    ):
        await holder.execute('LOCK TABLE "Visits"')
        with pytest.raises(CannotLook, match="lock timeout"):
            async with asyncio.timeout(5):
                await looking.plans('SELECT * FROM "Visits"')
        await holder.rollback()

        assert len(await looking.plans('SELECT * FROM "Visits" WHERE id = $1')) == 1
        left = await looking.read("SELECT count(*) FROM pg_prepared_statements")
        assert left.values == [(0,)]
