"""Looking at a PostgreSQL database never hurts it; acting needs a session of one's own."""

import asyncio
import os
import resource
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from fettle.errors import ActFailed, CannotLook, NotSupported, WrongUsage
from fettle.targets import address
from fettle.targets.postgres import Patience, PostgresDatabase, looking_at, mending
from tests.conftest import FreshDatabase
from tests.store.bouncer import pooled

OURS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE application_name = 'fettle' AND datname = current_database()"
)


async def ours(database: FreshDatabase) -> int:
    """Return how many sessions of Fettle's are in the database."""
    async with await psycopg.AsyncConnection.connect(database.url) as watcher:
        row = await (await watcher.execute(OURS)).fetchone()
        assert row is not None
        return int(row[0])


async def test_a_question_cannot_write(database: FreshDatabase) -> None:
    async with looking_at(database.url, Patience()) as looking:
        with pytest.raises(CannotLook, match="read-only"):
            await looking.read("CREATE TABLE t (a int)")


async def test_a_server_watches_who_asks_where_it_can(database: FreshDatabase) -> None:
    """On a system where it cannot (Windows, 14 on macOS) it refuses to be told so."""
    async with looking_at(database.url, Patience()) as looking:
        asked = "SELECT current_setting('client_connection_check_interval', true)"
        (row,) = (await looking.read(asked)).values

        assert looking.server.sees_clients_leave == (looking.server.major >= 14)
        assert row[0] == ("1s" if looking.server.sees_clients_leave else None)


async def test_the_shortest_time_is_a_limit_too(database: FreshDatabase) -> None:
    """PostgreSQL takes 0 for no limit at all."""
    none = Patience(statement=timedelta(microseconds=1), lock=timedelta(microseconds=1))
    async with looking_at(database.url, Patience()) as looking:
        hasty = PostgresDatabase(looking._connection, looking.server, none)
        with pytest.raises(CannotLook, match="needed more than"):
            await hasty.read("SELECT pg_sleep(3)")


async def test_an_error_spoils_nothing_for_the_next_question(database: FreshDatabase) -> None:
    async with looking_at(database.url, Patience()) as looking:
        with pytest.raises(CannotLook, match="division by zero"):
            await looking.read("SELECT 1 / 0")

        assert (await looking.read("SELECT 1 AS one")).values == [(1,)]


async def test_a_question_waits_for_a_lock_no_longer_than_its_limit(
    database: FreshDatabase,
) -> None:
    database.run("CREATE TABLE t (a int)")
    async with await psycopg.AsyncConnection.connect(database.url) as holder:
        await holder.execute("LOCK TABLE t")
        async with looking_at(database.url, Patience()) as looking:
            with pytest.raises(CannotLook, match="queue for a lock for 200 ms"):
                await looking.read("SELECT count(*) FROM public.t")


async def test_no_transaction_is_left_open_between_two_questions(
    database: FreshDatabase,
) -> None:
    async with looking_at(database.url, Patience()) as looking:
        await looking.read("SELECT 1")
        async with await psycopg.AsyncConnection.connect(database.url) as watcher:
            cursor = await watcher.execute(
                "SELECT state, xact_start, backend_xmin FROM pg_stat_activity"
                " WHERE application_name = 'fettle' AND datname = current_database()"
            )
            assert await cursor.fetchall() == [("idle", None, None)]


async def test_a_fettle_that_is_killed_leaves_no_session_behind(database: FreshDatabase) -> None:
    script = (
        "import asyncio, sys\n"
        "from fettle.targets.postgres import Patience, looking_at\n"
        "async def main():\n"
        "    async with looking_at(sys.argv[1], Patience()) as database:\n"
        "        await database.read('SELECT pg_sleep(60)')\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(  # noqa: TID251 - killed for real
        sys.executable, "-c", script, database.url
    )
    while await ours(database) == 0:  # noqa: ASYNC110 - another process's session
        await asyncio.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()

    for _ in range(100):
        if await ours(database) == 0:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("a session is left after 10 s")


@contextmanager
def pooler(database: FreshDatabase, mode: str) -> Iterator[str]:
    """Give the address of a PgBouncer in a pool mode before a database."""
    behind = make_conninfo(database.url, password="unused")
    with (
        tempfile.TemporaryDirectory(prefix="fettle-test-") as folder,
        pooled(behind, Path(folder), pool_mode=mode, default_pool_size=5) as url,
    ):
        yield url


async def test_a_pooler_in_transaction_mode_serves_to_look_but_not_to_act(
    pg18_database: FreshDatabase,
) -> None:
    with pooler(pg18_database, "transaction") as url:
        async with looking_at(url, Patience()) as looking:
            assert looking.server.pooled
            assert (await looking.read("SELECT 1 AS one")).values == [(1,)]

        with pytest.raises(NotSupported, match="pooler in transaction mode"):
            async with mending(url, Patience()):
                pass


async def test_a_roles_own_time_out_does_not_hold_for_looking_or_acting(
    database: FreshDatabase,
) -> None:
    role = f"{database.name}_hasty"
    database.run(
        f"CREATE ROLE {role} LOGIN PASSWORD 'x'", f"ALTER ROLE {role} SET statement_timeout = 1"
    )
    url = database.server.url(database.name, role, "x")
    try:
        async with looking_at(url, Patience()) as looking:
            await looking.read("SELECT pg_sleep(0.05)")
        async with mending(url, Patience()) as acting, acting.locked("x") as held:
            assert held
            await acting.act("SELECT pg_sleep(0.05)")
    finally:
        database.run(f"DROP ROLE {role}")


async def test_a_question_that_was_ended_before_its_time_is_asked_again(
    pg18_database: FreshDatabase,
) -> None:
    """A role's time-out of a millisecond may end it before it has set its own."""
    pg18_database.run(
        "CREATE FUNCTION at_the(wanted int) RETURNS int LANGUAGE plpgsql AS $$"
        # such a lock stays when its transaction is rolled back
        " DECLARE asked int := count(*) FROM pg_locks WHERE locktype = 'advisory'"
        " AND pid = pg_backend_pid();"
        " BEGIN PERFORM pg_advisory_lock(8470, asked);"
        " IF asked + 1 < wanted THEN RAISE query_canceled; END IF; RETURN asked + 1; END $$",
    )
    async with looking_at(pg18_database.url, Patience()) as looking:
        assert (await looking.read("SELECT public.at_the(4)")).values == [(4,)]
        with pytest.raises(CannotLook, match="needed more than"):
            await looking.read("SELECT public.at_the(99)")


async def test_what_a_role_has_set_for_itself_does_not_end_an_act(database: FreshDatabase) -> None:
    role = f"{database.name}_brief"
    limits = {"idle_session_timeout": 14, "transaction_timeout": 17}
    known = [name for name, since in limits.items() if database.server.major >= since]
    database.run(
        f"CREATE ROLE {role} LOGIN PASSWORD 'x'",
        *(f"ALTER ROLE {role} SET {name} = '300ms'" for name in known),
    )
    url = database.server.url(database.name, role, "x")
    try:
        async with mending(url, Patience()) as acting:
            await acting.act("SELECT pg_sleep(0.5)")
            await asyncio.sleep(0.5)
            await acting.act("SELECT 1")
    finally:
        database.run(f"DROP ROLE {role}")


async def test_a_server_that_goes_away_while_it_is_locked_is_told(database: FreshDatabase) -> None:
    async with mending(database.url, Patience()) as acting:
        with pytest.raises(ActFailed, match="terminating connection"):
            async with acting.locked("x"):
                await acting.act("SELECT pg_terminate_backend(pg_backend_pid())")
        with pytest.raises(CannotLook, match="connection"):
            async with acting.locked("x"):
                pass


async def test_an_answer_comes_in_parts_however_long_it_is(database: FreshDatabase) -> None:
    async with mending(database.url, Patience()) as acting:
        said = "SELECT n, repeat('x', 500) AS text FROM generate_series(1, 20000) AS n"
        parts = [(part.columns, len(part.values)) async for part in acting.answers(said)]

    assert {columns for columns, _ in parts} == {("n", "text")}
    assert sum(many for _, many in parts) == 20_000
    assert max(many for _, many in parts) < 1000


@pytest.mark.soak
async def test_an_answer_of_a_gigabyte_fills_no_memory(pg18_database: FreshDatabase) -> None:
    patience = Patience(statement=timedelta(minutes=10))
    before, many = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0
    async with mending(pg18_database.url, patience) as acting:
        said = "SELECT repeat('x', 1000) FROM generate_series(1, 1000000)"
        async for part in acting.answers(said):
            many += len(part.values)

    assert many == 1_000_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 100 * 1024  # KiB


async def test_several_statements_are_answered_one_after_the_other(database: FreshDatabase) -> None:
    said = (
        "SET work_mem = '1MB'; SELECT 1 AS a, NULL AS b; ; SELECT 2 AS c WHERE false; SHOW work_mem"
    )
    async with mending(database.url, Patience()) as acting:
        found = [(part.columns, *part.values) async for part in acting.answers(said)]
        again = [row async for part in acting.answers("SELECT 'again'") for row in part.values]

    assert found == [
        (("a", "b"), ("1", None)),
        (("a", "b"),),
        (("c",),),
        (("work_mem",), ("1MB",)),
        (("work_mem",),),
    ]
    assert again == [("again",)]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SELECT 1 / (2 - n) FROM generate_series(1, 3) AS n", "division by zero"),
        ("SELECT 1; COPY (SELECT 1) TO STDOUT", "COPY from and to whoever asks"),
    ],
)
async def test_an_answer_that_fails_on_its_way_is_told(
    database: FreshDatabase, statement: str, reason: str
) -> None:
    async with mending(database.url, Patience()) as acting:
        with pytest.raises(ActFailed, match=reason):
            async for _ in acting.answers(statement):
                pass


async def test_a_long_value_is_cut(database: FreshDatabase) -> None:
    async with mending(database.url, Patience()) as acting:
        said = "SELECT repeat('x', 100000), repeat('🛠', 600)"
        found = [row async for part in acting.answers(said) for row in part.values]

    assert found == [("x" * 500, "🛠" * 500)]


async def test_a_pooler_in_session_mode_serves_for_both(pg18_database: FreshDatabase) -> None:
    with pooler(pg18_database, "session") as url:
        async with mending(url, Patience()) as database:
            assert (await database.act("SELECT 1")).values == [(1,)]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://app:s3cret@db/shop", "postgresql://app@db/shop"),
        ("postgresql://app:s%3A@[::1]:5/shop", "postgresql://app@[::1]:5/shop"),
        (
            "postgres://db/shop?password=s3cret&sslmode=require",
            "postgres://db/shop?sslmode=require",
        ),
        ("postgresql://app:s#3?c[r:et@db:5/shop", "postgresql://app@db:5/shop"),
        (
            "postgresql://app@db/shop?pass%77ord=s3cret&sslmode=require",
            "postgresql://app@db/shop?sslmode=require",
        ),
        ("postgresql://app@a:1,b:2/shop", "postgresql://app@a:1,b:2/shop"),
        ("host=db password=s3cret dbname=shop", "dbname=shop host=db"),
        ("", "(libpq)"),
    ],
)
def test_no_secret_is_shown(given: str, shown: str) -> None:
    assert address.shown(given) == shown


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://app:p@secret@db/shop",
        "postgresql://app:pa/secret@db/shop",
        "postgresql://app:12/secret@db/shop",
        "postgresql://app:p@12/secret@db/shop",
        "postgresql://app:100%secret@db/shop",
        "host=db password='secret",
        "host=db password=my secret",
    ],
)
def test_an_address_that_its_password_breaks_is_not_repeated(given: str) -> None:
    with pytest.raises(WrongUsage, match="cannot be read") as caught:
        address.shown(given)
    assert "secret" not in caught.value.reason
    assert "%40" in str(caught.value.remedy)


@pytest.mark.parametrize(
    "given", ["postgresql://app:secret@db/shop?pgbouncer=true&schema=x", "host=db pgbouncer=true"]
)
def test_what_only_some_driver_knows_is_named(given: str) -> None:
    with pytest.raises(WrongUsage, match="pgbouncer is a setting of some driver") as caught:
        address.shown(given)
    assert "secret" not in caught.value.reason


async def test_a_host_that_is_gone_leaves_the_next_one_its_time(database: FreshDatabase) -> None:
    port = database.server.port
    with socket.create_server(("127.0.0.1", 0)) as silent:
        nobody = silent.getsockname()[1]
        url = f"postgresql://postgres@127.0.0.1:{nobody},127.0.0.1:{port}/{database.name}"
        async with looking_at(url, Patience(connect=timedelta(seconds=4))) as looking:
            assert looking.server.database == database.name


def test_another_database_keeps_the_rest_of_the_address() -> None:
    given = "postgres://app:s?e#c@db:5/shop?sslmode=require&dbname=x"
    there = "postgres://app:s?e#c@db:5/a%2Fb?sslmode=require"
    assert address.with_database(given, "a/b") == there
    assert address.with_database("host=db user=app", "a b") == "user=app host=db dbname='a b'"
