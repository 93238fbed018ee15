"""A plan is asked for, and nothing is executed, waited for or left behind."""

import asyncio

import psycopg
import pytest

from fettle.errors import CannotLook
from fettle.targets.postgres import Patience, looking_at
from tests.conftest import FreshDatabase

EVIL = (
    "DELETE FROM t",
    "SELECT 1; DROP TABLE t",
    "SELECT 1; COMMIT; DROP TABLE t",
    "DROP TABLE t",
    "EXPLAIN ANALYZE DELETE FROM t",
    "SELECT 1) ; DROP TABLE t; --",
    "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
    "SELECT * INTO u FROM t",
    "SELECT volatile_delete()",
    "/* */ COPY t TO PROGRAM 'true'",
)


async def plans(url: str, text: str) -> str | None:
    """Ask for a plan; return why there was none."""
    async with looking_at(url, Patience()) as looking:
        try:
            await looking.plans(text)
        except CannotLook as error:
            return error.reason
    return None


@pytest.mark.parametrize("text", EVIL)
async def test_nothing_is_executed_whatever_the_text(database: FreshDatabase, text: str) -> None:
    database.run(
        "CREATE TABLE t AS SELECT 1 AS a",
        "CREATE FUNCTION volatile_delete() RETURNS void LANGUAGE sql AS 'DELETE FROM t'",
    )

    await plans(database.url, text)

    with psycopg.connect(database.url) as connection:
        assert connection.execute("SELECT * FROM t").fetchall() == [(1,)]
        assert connection.execute("SELECT to_regclass('u')").fetchone() == (None,)


async def test_a_function_that_writes_fails_even_where_planning_calls_it(
    database: FreshDatabase,
) -> None:
    database.run(
        "CREATE TABLE t AS SELECT 1 AS a",
        "CREATE FUNCTION deletes() RETURNS int LANGUAGE sql AS 'DELETE FROM public.t RETURNING 1'",
        "CREATE FUNCTION lies() RETURNS int IMMUTABLE LANGUAGE plpgsql"
        " AS 'BEGIN RETURN public.deletes(); END'",
    )

    why = await plans(database.url, "SELECT lies()")

    assert "read-only" in (why or "")


async def test_it_waits_for_no_lock_and_leaves_nothing_behind(database: FreshDatabase) -> None:
    database.run("CREATE TABLE t (a int)")
    async with (
        await psycopg.AsyncConnection.connect(database.url) as holder,
        looking_at(database.url, Patience()) as looking,
    ):
        await holder.execute("LOCK TABLE t")
        with pytest.raises(CannotLook, match="queue for a lock for 200 ms"):
            async with asyncio.timeout(5):
                await looking.plans("SELECT * FROM t")
        await holder.rollback()

        assert len(await looking.plans("SELECT * FROM t WHERE a = $1 AND a > $2")) == 1
        left = await looking.read("SELECT count(*) FROM pg_prepared_statements")
    assert left.values == [(0,)]


async def test_no_more_than_the_lightest_lock_is_taken(database: FreshDatabase) -> None:
    """A table that an index is being built on, which keeps writers out, can be planned on."""
    database.run("CREATE TABLE t (a int)")
    async with await psycopg.AsyncConnection.connect(database.url) as holder:
        await holder.execute("LOCK TABLE t IN EXCLUSIVE MODE")

        assert await plans(database.url, "SELECT * FROM t WHERE a = $1") is None
