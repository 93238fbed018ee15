"""Somebody is called while Fettle can do its work, and only then."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest

from fettle.flow.alive import Alive
from fettle.store import timers, workers
from fettle.store.pool import pool_at
from fettle.targets.outgoing import Outgoing
from fettle.testing import SteppedClock
from tests.flow.filing import Filing
from tests.receiving import Receiving, receiving


@pytest.fixture
def watcher() -> Iterator[Receiving]:
    with receiving() as server:
        yield server


def alive_of(filing: Filing, watcher: Receiving) -> Alive:
    call = Outgoing(["127.0.0.1"]).call
    return Alive(filing.pool, call, filing.clock, f"{watcher.url}/alive")


async def show_life(filing: Filing) -> None:
    async with filing.pool.connection() as connection:
        await workers.beat(connection, uuid4(), "here", (), "1")


async def test_while_all_is_well_it_is_called(filing: Filing, watcher: Receiving) -> None:
    await show_life(filing)

    assert await alive_of(filing, watcher).say() is None
    assert [request.path for request in watcher.requests] == ["/alive"]


async def test_without_a_worker_that_shows_life_it_is_not(
    filing: Filing, watcher: Receiving
) -> None:
    await show_life(filing)
    async with filing.pool.connection() as connection:
        await connection.execute("UPDATE worker SET seen_at = seen_at - interval '11 seconds'")

    assert await alive_of(filing, watcher).say() == "no worker shows life"
    assert watcher.requests == []


async def test_while_a_timer_is_overdue_it_is_not(filing: Filing, watcher: Receiving) -> None:
    await show_life(filing)
    alive, due_at = alive_of(filing, watcher), filing.clock.now()
    async with filing.pool.connection() as connection:
        await timers.schedule(connection, "issue", "7", due_at, None)

    filing.clock.moment += timedelta(minutes=1)
    assert await alive.say() is None
    filing.clock.moment += timedelta(seconds=1)
    said = await alive.say()

    assert said == f"the timer issue of 7 is overdue since {due_at:%H:%M:%S}"
    assert len(watcher.requests) == 1


async def test_without_the_store_it_is_not(watcher: Receiving) -> None:
    async with pool_at("postgresql://127.0.0.1:1/nothing", size=1) as pool:
        pool.timeout = 0.2
        said = await Alive(pool, Outgoing(["127.0.0.1"]).call, SteppedClock(), watcher.url).say()

    assert said is not None
    assert said.startswith("the store does not answer")
    assert watcher.requests == []


async def test_an_address_that_may_not_be_called_is_said(filing: Filing) -> None:
    await show_life(filing)
    alive = Alive(filing.pool, Outgoing([]).call, filing.clock, "http://127.0.0.1:1/")

    assert "private network" in str(await alive.say())


async def test_an_answer_that_is_an_error_is_said(filing: Filing, watcher: Receiving) -> None:
    await show_life(filing)
    watcher.status = 404

    assert await alive_of(filing, watcher).say() == "it answers with status 404"


async def test_it_goes_on_each_minute_whatever_comes_of_it(
    filing: Filing, watcher: Receiving, caplog: pytest.LogCaptureFixture
) -> None:
    await show_life(filing)
    called: list[str] = []
    enough = asyncio.Event()
    outgoing = Outgoing(["127.0.0.1"])
    filing.clock.real_s = 0.001

    async def call(method: str, url: str) -> object:
        called.append(url)
        match len(called):
            case 1:
                raise ValueError("a mistake of ours")
            case 2:
                watcher.status = 500
            case 3:
                watcher.status = 200
            case _:
                enough.set()
        return await outgoing.call(method, url)

    alive = Alive(filing.pool, call, filing.clock, watcher.url)  # type: ignore[arg-type]
    with caplog.at_level(logging.WARNING):
        task = asyncio.create_task(alive.run())
        await enough.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    said = [record.getMessage() for record in caplog.records if "alive_url" in record.getMessage()]
    assert "was not called" in said[0]
    assert "it answers with status 500" in said[1]
    assert len(said) == 2
    assert watcher.url not in caplog.text  # it can hold a secret
