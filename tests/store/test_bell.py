"""Whoever waits is told at once that something was kept, and looks by itself when nobody tells."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from fettle.main import Wired
from fettle.store.bell import DELIVERY, OUTBOX, Bell
from fettle.store.pool import Pool, pool_of


@pytest.fixture
async def pool(store_environ: dict[str, str]) -> AsyncIterator[Pool]:
    wired = Wired(store_environ)
    async with wired.store(wired.settings(None)) as store, pool_of(store) as pool:
        yield pool


async def listening(pool: Pool) -> tuple[Bell, "asyncio.Task[None]"]:
    """Give a bell that listens."""
    bell = Bell(pool)
    task = asyncio.create_task(bell.run())
    await bell.wait(DELIVERY, 60)
    await bell.wait(OUTBOX, 60)
    return bell, task


async def test_it_rings_for_what_is_said_on_its_channel(pool: Pool) -> None:
    bell, task = await listening(pool)
    waiting = asyncio.create_task(bell.wait(DELIVERY, 60))
    other = asyncio.create_task(bell.wait(OUTBOX, 60))
    async with pool.connection() as connection:
        await connection.execute("NOTIFY fettle_delivery")
    await waiting
    rang_for_others = other.done()
    for one in (other, task):
        one.cancel()

    assert not rang_for_others


async def test_it_listens_again_when_its_connection_is_gone(pool: Pool) -> None:
    bell, task = await listening(pool)
    async with pool.connection() as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
    await bell.wait(DELIVERY, 60)  # it has come back, and whoever waits is to look
    task.cancel()


async def test_who_waits_looks_by_itself_when_nobody_rings(pool: Pool) -> None:
    await asyncio.wait_for(Bell(pool).wait(DELIVERY, 0.05), 60)
