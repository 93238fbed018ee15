"""Whoever waits for a connection can be told to stop at any moment."""

import asyncio

import pytest

from fettle.store.pool import pool_at
from tests.conftest import FreshDatabase


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
