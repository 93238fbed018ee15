"""Slow statements: planned, never executed; helped by an index where one would help."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from fettle import unit
from fettle.diagnosis import advise, ask
from fettle.diagnosis.checks.database.slow_queries import Limits
from fettle.flow.look import Questions, diagnose
from fettle.model.diagnosis import Diagnosis, Outcome
from fettle.model.finding import Finding
from fettle.model.fix import RunStatus
from fettle.model.ports import Database
from fettle.model.severity import Severity
from fettle.model.target import Target
from fettle.targets.postgres import Patience, PostgresDatabase, looking_at
from fettle.testing import SteppedClock
from tests.conftest import FreshDatabase
from tests.resolution.mending import mender
from tests.sessions import application

SLOW = {"mean": "0s", "plan_time": "20s", "most": "100", "plans": "100"}
VISITS = (
    'CREATE SCHEMA "Ext"',
    'CREATE EXTENSION pg_stat_statements SCHEMA "Ext"',
    'CREATE TABLE "Visits" (id int PRIMARY KEY, visitor int, "Page No" text, at timestamptz)',
    'INSERT INTO "Visits" SELECT g, g % 5000, g::text, now() FROM generate_series(1, 50000) g',
    'ANALYZE "Visits"',
)


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[Database]:
    async with looking_at(target.url, Patience()) as database:
        yield database


async def look(url: str, *more: str, **limits: str) -> Diagnosis:
    """Look for slow statements (and with `more` checks), as `fettle check` does."""
    checks = [unit.checks()[id_] for id_ in ("slow_queries", *more)]
    options = [f"slow_queries.{name}={value}" for name, value in {**SLOW, **limits}.items()]
    asked = ask.with_limits(checks, {}, ask.parse_options(unit.checks(), options))
    questions = Questions(tuple(asked), listings=())
    return await diagnose(Target("x", url), connect, questions, SteppedClock())


async def run(url: str, *statements: str) -> None:
    """Run statements that alone are counted."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute('SELECT "Ext".pg_stat_statements_reset()')
        for statement in statements:
            await connection.execute(statement.encode())


async def slow(database: FreshDatabase, statement: str, **limits: str) -> Finding:
    """Run a statement, and return what is found about it."""
    await run(database.url, statement)
    return about("Visits", await look(database.url, **limits))


def about(words: str, diagnosis: Diagnosis) -> Finding:
    """Return the finding of the one statement that holds these words."""
    (found,) = (one for one in diagnosis.findings if words in str(one.evidence[0].get("query")))
    return found


async def test_the_index_that_would_help_is_suggested_and_can_be_made(
    database: FreshDatabase,
) -> None:
    database.run(*VISITS, 'CREATE TABLE "Visits_Page No_idx" ()')

    found = await slow(database, 'SELECT * FROM "Visits" WHERE "Page No" = \'77\'')

    first = found.evidence[0]
    assert first["plan"] == 'Seq Scan on Visits ("Visits"."Page No" = $1)'
    assert first["suggested_index"] == (
        'CREATE INDEX CONCURRENTLY "Visits_Page No_idx2" ON public."Visits" ("Page No")'
    )
    assert "by its plan's figures it would cost" in found.recommendations[-1]
    assert found.blames == ('no index on public."Visits" ("Page No")',)
    assert found.fixes == ("create_suggested_index",)

    somebody = mender(database.url)
    limits = {f"slow_queries__{name}": value for name, value in SLOW.items()}
    plan = await somebody.plan_one("create_suggested_index", found.subject, **limits)
    done = await somebody.apply(plan)
    assert (done.status, done.verified) == (RunStatus.DONE, True)
    assert await somebody.plan("create_suggested_index", found.subject, **limits) == []


async def test_an_update_is_planned_as_what_it_looks_for(database: FreshDatabase) -> None:
    database.run(*VISITS)

    found = await slow(database, 'UPDATE "Visits" SET at = now() WHERE visitor = 7')

    assert found.evidence[0]["plan"] == 'Seq Scan on Visits ("Visits".visitor = $1)'
    assert "(visitor)" in str(found.evidence[0]["suggested_index"])


async def test_the_order_of_a_limit_goes_behind_what_is_equal(database: FreshDatabase) -> None:
    database.run(*VISITS)

    statement = 'SELECT * FROM "Visits" WHERE visitor = 7 ORDER BY at DESC LIMIT 3'
    found = await slow(database, statement)

    assert "(visitor, at)" in str(found.evidence[0]["suggested_index"])


async def test_hypopg_has_the_planner_try_it_and_leaves_nothing(
    pg15_database: FreshDatabase,
) -> None:
    pg15_database.run(*VISITS, 'CREATE EXTENSION hypopg SCHEMA "Ext"')

    found = await slow(pg15_database, 'SELECT * FROM "Visits" WHERE "Page No" = \'77\'')

    gain = found.evidence[0]["estimated_gain_ratio"]
    assert isinstance(gain, float)
    assert gain > 0.9
    assert "the planner, asked with hypopg, expects it to cost" in found.recommendations[-1]
    async with looking_at(pg15_database.url, Patience()) as looking:
        index = 'CREATE INDEX ON public."Visits" (visitor)'
        before, after = await looking.plans('SELECT * FROM "Visits" WHERE visitor = $1', [index])
        left = await looking.read("SELECT count(*) FROM {hypopg}.hypopg()")
        again = await looking.plans('SELECT * FROM "Visits" WHERE visitor = $1')
    assert after["Total Cost"] < before["Total Cost"] == again[0]["Total Cost"]
    assert left.values == [(0,)]


async def test_what_the_planner_would_not_use_is_not_suggested(
    pg15_database: FreshDatabase,
) -> None:
    pg15_database.run(*VISITS, "CREATE EXTENSION hypopg")
    statement = 'SELECT * FROM "Visits" WHERE visitor = 7'

    found = await slow(pg15_database, statement, min_gain="99.9%")

    assert "suggested_index" not in found.evidence[0]
    assert found.fixes == ()


@pytest.mark.parametrize(
    "statement",
    [
        'SELECT count(*) FROM "Visits" WHERE visitor >= 0',  # keeps every row
        'SELECT * FROM "Visits" WHERE id = 7',  # has its index
        'SELECT * FROM "Visits" WHERE visitor = 1 OR "Page No" = \'1\'',
        'SELECT * FROM "Visits" WHERE lower("Page No") = \'1\'',
        'SELECT * FROM "Visits" WHERE visitor + id = 1',
    ],
)
async def test_no_index_is_suggested_that_would_not_help(
    database: FreshDatabase, statement: str
) -> None:
    database.run(*VISITS)

    found = await slow(database, statement)

    assert "plan" in found.evidence[0]
    assert "suggested_index" not in found.evidence[0]
    assert found.fixes == ()


async def test_the_missing_index_of_a_foreign_key_is_the_cause_of_the_slow_join(
    database: FreshDatabase,
) -> None:
    database.run(
        *VISITS,
        'CREATE TABLE clicks (visit int REFERENCES "Visits", x int)',
        "INSERT INTO clicks SELECT g % 50000 + 1, g FROM generate_series(1, 60000) g",
        "ANALYZE clicks",
    )
    statement = 'SELECT * FROM "Visits" v JOIN clicks c ON c.visit = v.id WHERE v.id = 9'
    await run(database.url, statement)

    diagnosis = await look(database.url, "foreign_key_unindexed")

    found = about("JOIN clicks", diagnosis)
    cause = next(one for one in diagnosis.causes if found.key in one.explains)
    assert cause.subject == "no index on public.clicks (visit)"
    assert "foreign_key_unindexed:public.clicks.clicks_visit_fkey" in cause.explains


async def test_names_are_looked_for_where_the_statements_user_looks_for_them(
    database: FreshDatabase,
) -> None:
    database.run(*VISITS, 'CREATE SCHEMA "my shop"')
    async with application(database) as app:
        database.run(
            f'ALTER ROLE {app.role} IN DATABASE {database.name} SET search_path = "my shop", x',
            f'GRANT ALL ON SCHEMA "my shop", "Ext" TO {app.role}',
            'CREATE TABLE "my shop".baskets (a int)',
            f'GRANT ALL ON "my shop".baskets TO {app.role}',
        )
        database.run('SELECT "Ext".pg_stat_statements_reset()')
        async with await psycopg.AsyncConnection.connect(app.url) as connection:
            await connection.execute("SELECT * FROM baskets WHERE a = 1")

        diagnosis = await look(database.url)

    found = about("baskets", diagnosis)
    assert found.evidence[0]["user"] == app.role
    assert str(found.evidence[0]["plan"]).startswith("Seq Scan on baskets")


async def test_a_plan_that_waits_for_a_lock_is_unknown_and_the_rest_is_told(
    database: FreshDatabase,
) -> None:
    database.run(*VISITS, "CREATE TABLE free (a int)")
    await run(database.url, 'SELECT * FROM "Visits"', "SELECT * FROM free")
    async with await psycopg.AsyncConnection.connect(database.url) as holder:
        await holder.execute('LOCK TABLE "Visits"')

        diagnosis = await look(database.url)

    (gap,) = (gap for _, gap in diagnosis.unknown)
    locked = about("Visits", diagnosis)
    assert gap.reason == f"the plan of {locked.subject}: it stood in a queue for a lock for 200 ms"
    assert "plan" not in locked.evidence[0]
    assert about("free", diagnosis).evidence[0]["plan"] == "Seq Scan on free"


async def test_a_role_that_may_not_read_the_table_is_told_the_grant(
    database: FreshDatabase,
) -> None:
    database.run(*VISITS)
    await run(database.url, 'SELECT * FROM "Visits" WHERE visitor = 1')
    async with application(database) as app:
        database.run(
            f"GRANT pg_monitor TO {app.role}", f'GRANT USAGE ON SCHEMA "Ext" TO {app.role}'
        )
        before = await look(app.url)
        hidden = about("Visits", before).subject
        (gap,) = (gap for _, gap in before.unknown if hidden in gap.reason)
        if database.server.major < 14:
            assert gap.remedy == f"grant {app.role} SELECT on the tables that the statement reads"
            database.run(f'GRANT SELECT ON "Visits" TO {app.role}')
        else:
            database.run(str(gap.remedy))
        after = await look(app.url)
        lent = "pg_monitor" if database.server.major < 14 else "pg_monitor, pg_read_all_data"
        database.run(f"REVOKE {lent} FROM {app.role}")

    assert "permission denied" in gap.reason
    assert about("Visits", after).fixes == ("create_suggested_index",)


async def test_what_is_no_select_is_noted(database: FreshDatabase) -> None:
    database.run(*VISITS)
    await run(database.url, 'INSERT INTO "Visits" VALUES (-1)')

    diagnosis = await look(database.url)

    found = about("Visits", diagnosis)
    (note,) = (note.text for outcome in diagnosis.outcomes for note in outcome.notes)
    assert note.startswith("no plan was asked for of")
    assert found.subject in note


async def test_only_the_worst_are_planned_and_only_while_there_is_time(
    pg18_database: FreshDatabase,
) -> None:
    pg18_database.run(*VISITS)
    await run(pg18_database.url, "SELECT pg_sleep(0.05)", "SELECT 1 AS one")

    some = await look(pg18_database.url, plans="1")
    none = await look(pg18_database.url, plans="0")
    late = await look(pg18_database.url, plan_time="0s")

    assert "plan" in about("pg_sleep", some).evidence[0]
    assert "plan" not in about("one", some).evidence[0]
    assert not [one for one in none.findings if "plan" in one.evidence[0]]
    assert not [one for one in late.findings if "plan" in one.evidence[0]]
    assert "used up" in late.outcomes[0].notes[-1].text


async def test_through_a_pooler_no_plan_is_asked_for(pg18_database: FreshDatabase) -> None:
    """A prepared statement would be left to whoever gets the server's session next."""
    limits = Limits()
    finding = Finding("query 1", Severity.MEDIUM, "slow", evidence=({"query": "SELECT 1"},))

    async with looking_at(pg18_database.url, Patience()) as direct:
        pooled = PostgresDatabase(
            direct._connection, replace(direct.server, pooled=True), Patience()
        )
        outcome = Outcome("slow_queries", findings=(finding,))
        told = await advise.advised(pooled, outcome, limits, SteppedClock())

    assert told.findings == (finding,)
    assert "pooler" in told.notes[0].text


async def test_other_outcomes_are_left_as_they_are(pg18_database: FreshDatabase) -> None:
    outcome = Outcome("index_unused")

    async with looking_at(pg18_database.url, Patience()) as database:
        same = await advise.advised(database, outcome, unit.NoLimits(), SteppedClock())

    assert same is outcome


@pytest.mark.parametrize(("share", "longest"), [(timedelta(), 5.0), (timedelta(seconds=9), 5.0)])
def test_patience_is_never_endless_nor_longer(share: timedelta, longest: float) -> None:
    shorter = Patience().within(share)

    assert timedelta() < shorter.statement <= timedelta(seconds=longest)
    assert timedelta() < shorter.lock <= Patience().lock
