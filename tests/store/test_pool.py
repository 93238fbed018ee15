"""A connection that is handed out stands, and whoever waits for one can be told to stop."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from fettle.store import pool as pools
from fettle.store.pool import pool_at
from tests.conftest import FreshDatabase
from tests.engine.conftest import until
from tests.servers import Server


@pytest.mark.parametrize("turns", range(8))
async def test_who_is_cancelled_as_the_connection_comes_is_cancelled(
    pg18_database: FreshDatabase, turns: int
) -> None:
    async with pool_at(pg18_database.url, size=1) as pool:
        taken = await pool.getconn()
        asks = asyncio.create_task(pool.getconn())
        await asyncio.sleep(0.05)
        await pool.putconn(taken)
        for _ in range(turns):
            await asyncio.sleep(0)
        came_first = asks.done()
        asks.cancel()
        await asyncio.wait({asks})
        if came_first:
            await pool.putconn(asks.result())

        assert came_first or asks.cancelled()
        async with asyncio.timeout(10), pool.connection() as connection:  # and none is lost
            await connection.execute("SELECT 1")


async def test_one_that_was_ended_while_nobody_had_it_is_not_handed_out(
    pg18_database: FreshDatabase,
) -> None:
    async with pool_at(pg18_database.url, size=1) as pool:
        async with pool.connection() as connection:
            before = connection.info.backend_pid
        async with await psycopg.AsyncConnection.connect(pg18_database.url) as other:
            ended = "SELECT pg_terminate_backend(%s, 10_000)"  # it has gone when this is answered
            assert await (await other.execute(ended, (before,))).fetchone() == (True,)

        async with pool.connection() as connection:
            cursor = await connection.execute("SELECT pg_backend_pid()")
            assert await cursor.fetchone() != (before,)


async def test_one_whose_server_has_said_something_is_the_same(
    pg18_database: FreshDatabase,
) -> None:
    async with pool_at(pg18_database.url, size=1) as pool:
        async with pool.connection() as connection:
            before = connection.info.backend_pid
            await connection.execute("LISTEN news")
        async with await psycopg.AsyncConnection.connect(pg18_database.url) as other:
            await other.execute("NOTIFY news")

        async with pool.connection() as connection:
            cursor = await connection.execute("SELECT pg_backend_pid()")
            assert await cursor.fetchone() == (before,)


async def test_who_waited_before_the_store_came_back_is_served(
    pg18: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else asks, and the attempts that began with the question are over by then."""
    monkeypatch.setattr(pools, "_RECONNECT_S", 0.05)
    address = pg18.conninfo.replace(str(pg18.socket_folder), str(tmp_path))
    async with pool_at(address) as pool:
        asks = asyncio.create_task(pool.getconn())
        await until(lambda: _failed(pool, 3))
        name = f".s.PGSQL.{pg18.port}"
        (tmp_path / name).symlink_to(pg18.socket_folder / name)

        await pool.putconn(await asks)


async def _failed(pool: pools.Pool, times: int) -> bool:
    await asyncio.sleep(0.01)
    return pool.get_stats().get("connections_errors", 0) >= times
