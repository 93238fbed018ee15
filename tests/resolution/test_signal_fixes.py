"""Fixes that cancel statements and end sessions: the very ones that were found, or none."""

import asyncio
from contextlib import ExitStack

import psycopg
import pytest

from fettle import unit
from fettle.errors import Refused
from fettle.model.fix import RunStatus
from fettle.targets.postgres import Patience, looking_at
from tests.conftest import FreshDatabase
from tests.resolution.mending import mender
from tests.sessions import Connection, application, waiting

AT_ONCE = {
    "idle_in_transaction__medium": "0s",
    "blocked_sessions__high": "0s",
    "ddl_queue__waited": "0s",
    "long_query__medium": "0s",
    "connections_saturated__high": "0",
}


async def test_the_session_that_holds_others_up_is_ended_and_they_go_on(
    database: FreshDatabase,
) -> None:
    database.run("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)", "GRANT ALL ON t TO PUBLIC")
    async with application(database) as app:
        root = await app.idle_in_transaction("root", "UPDATE t SET a = 2")
        other = await app.connect("worker")
        update = app.run(other, "UPDATE t SET a = 3")
        await waiting(database, 1)
        somebody = mender(database.url)
        subject = f"{app.role}@{database.name} (root)"
        plans = await somebody.plan("blocking-queries", subject, **AT_ONCE)

        run = await somebody.apply(next(p for p in plans if p.fix == "terminate_session"))

        assert (run.status, run.verified) == (RunStatus.DONE, True)
        assert await update is None
        with pytest.raises(Exception, match=r"terminating connection|closed"):
            await root.execute("SELECT 1")


async def test_a_session_that_has_gone_on_is_left_alone(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)", "GRANT ALL ON t TO PUBLIC")
    async with application(database) as app:
        session = await app.idle_in_transaction("web", "SELECT a FROM t")
        somebody = mender(database.url)
        subject = f"{app.role}@{database.name} (web)"
        plan = await somebody.plan_one("terminate_session", subject, **AT_ONCE)
        await session.commit()
        await session.execute("SELECT a FROM t")  # the next transaction of the same session

        with pytest.raises(Refused, match="no longer"):
            await somebody.apply(plan)

        await session.execute("SELECT a FROM t")


async def test_the_change_that_keeps_everybody_from_a_table_is_cancelled(
    database: FreshDatabase,
) -> None:
    database.run("CREATE TABLE t (a int)", "GRANT ALL ON t TO PUBLIC")
    async with application(database) as app:
        database.run(f"ALTER TABLE t OWNER TO {app.role}")
        holder = await app.idle_in_transaction("web", "SELECT a FROM t")
        change = app.run(await app.connect("migrate"), "ALTER TABLE t ADD COLUMN b int")
        await waiting(database, 1)
        reader = app.run(await app.connect("reader"), "SELECT a FROM t")
        await waiting(database, 2)
        somebody = mender(database.url)
        plan = await somebody.plan_one("cancel_query", "public.t", **AT_ONCE)

        run = await somebody.apply(plan)

        assert (run.status, run.verified) == (RunStatus.DONE, True)
        assert await change == "57014"  # query_canceled
        assert await reader is None
        await holder.execute("SELECT a FROM t")


async def test_a_statement_that_keeps_vacuum_from_its_work_is_cancelled(
    database: FreshDatabase,
) -> None:
    async with application(database) as app:
        report = app.run(await app.connect("report"), "SELECT count(*), pg_sleep(60) FROM pg_class")
        somebody = mender(database.url)
        subject = f"{app.role}@{database.name} (report)"
        at_once = {"vacuum_horizon_pinned__max_age": "0"}
        for _ in range(100):  # it has its snapshot a moment after it is sent
            if plans := await somebody.plan("cancel_query", subject, **at_once):
                break
            await asyncio.sleep(0.02)

        run = await somebody.apply(plans[0])

        assert (run.status, run.verified) == (RunStatus.DONE, True)
        assert await report == "57014"


async def test_a_superusers_session_is_never_ended(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)")
    async with application(database) as app:
        app.url = database.url
        await app.idle_in_transaction("admin", "SELECT a FROM t")
        somebody = mender(database.url)

        plan = await somebody.plan_one(
            "terminate_session", f"postgres@{database.name} (admin)", **AT_ONCE
        )

        assert plan.refused is not None
        assert "superuser" in plan.refused


async def test_the_pools_idle_sessions_are_left_alone(database: FreshDatabase) -> None:
    async with application(database) as app:
        for _ in range(3):
            await app.connect("pool", autocommit=True)
        somebody = mender(database.url)

        plan = await somebody.plan_one("terminate_idle_sessions", **AT_ONCE)

        assert plan.refused is not None
        assert "no forgotten session has been idle for 30 minutes" in plan.refused


async def test_a_pool_may_have_one_session_on_each_of_many_machines(
    database: FreshDatabase,
) -> None:
    """The two ways in, by socket and by address, stand in for two machines."""
    at_once = unit.fixes()["terminate_idle_sessions"].statement().replace("30 minutes", "0")
    names = ("web", "psql")
    urls = (database.url, f"{database.server.conninfo} dbname={database.name}")
    with ExitStack() as stack:
        for name in names:
            for url in urls:
                stack.enter_context(psycopg.connect(url, application_name=name, autocommit=True))
        async with looking_at(database.url, Patience()) as looking:
            rows = await looking.read(at_once, {"protected": []})

    column = {name: rows.columns.index(name) for name in ("application", "database", "siblings")}
    ours = [row for row in rows.values if row[column["database"]] == database.name]
    found = sorted((row[column["application"]], row[column["siblings"]]) for row in ours)
    assert found == [("psql", 1), ("psql", 1), ("web", 2), ("web", 2)]


async def test_a_roles_timeout_is_set_and_taken_back(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)", "GRANT ALL ON t TO PUBLIC")
    async with application(database) as app:
        await app.idle_in_transaction("web", "SELECT a FROM t")
        somebody = mender(database.url)
        subject = f"{app.role}@{database.name} (web)"
        plan = await somebody.plan_one("set_role_timeout", subject, **AT_ONCE)

        run = await somebody.apply(plan)
        between = await _timeout(await app.connect("later"))
        undone = await somebody.undo(run)
        after = await _timeout(await app.connect("latest"))

        assert (run.status, run.verified, between) == (RunStatus.DONE, True, "5min")
        assert (undone.status, after) == (RunStatus.DONE, "0")


async def test_a_role_that_may_not_alter_others_is_told_before_it_tries(
    database: FreshDatabase,
) -> None:
    """From PostgreSQL 16 on CREATEROLE is not enough."""
    database.run("CREATE TABLE t (a int)", "GRANT ALL ON t TO PUBLIC")
    fixer = f"{database.name}_fixer"
    database.run(
        f"CREATE ROLE {fixer} LOGIN CREATEROLE PASSWORD 'x'", f"GRANT pg_monitor TO {fixer}"
    )
    try:
        async with application(database) as app:
            await app.idle_in_transaction("web", "SELECT a FROM t")
            somebody = mender(database.server.url(database.name, fixer, "x"))
            subject = f"{app.role}@{database.name} (web)"
            before = await somebody.plan_one("set_role_timeout", subject, **AT_ONCE)
            database.run(f"GRANT {app.role} TO {fixer} WITH ADMIN OPTION")
            plan = await somebody.plan_one("set_role_timeout", subject, **AT_ONCE)

            run = await somebody.apply(plan)
    finally:
        database.run(f"DROP ROLE {fixer}")

    assert bool(before.refused) == (database.server.major >= 16)
    assert "WITH ADMIN OPTION" in (before.refused or "WITH ADMIN OPTION")
    assert (run.status, run.verified) == (RunStatus.DONE, True)


async def test_of_two_people_who_end_the_same_session_one_acts(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)", "GRANT ALL ON t TO PUBLIC")
    async with application(database) as app:
        await app.idle_in_transaction("web", "SELECT a FROM t")
        one, other = mender(database.url), mender(database.url)
        subject = f"{app.role}@{database.name} (web)"
        plan = await one.plan_one("terminate_session", subject, **AT_ONCE)

        results = await asyncio.gather(one.apply(plan), other.apply(plan), return_exceptions=True)

        assert sorted(type(result).__name__ for result in results) == ["FixRun", "Refused"]


async def _timeout(connection: Connection) -> str:
    cursor = await connection.execute("SHOW idle_in_transaction_session_timeout")
    (value,) = await cursor.fetchone() or ("nothing",)
    return str(value)
