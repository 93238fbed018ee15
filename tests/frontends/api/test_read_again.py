"""Errors that came before their source maps are joined with what came after them, and once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import pytest

from fettle.flow import absorb, digest, read_again
from fettle.model.run import RunState
from fettle.store.pool import Pool
from fettle.store.statements import Connection
from tests.engine.conftest import until
from tests.frontends.api.conftest import Api
from tests.frontends.api.sending_errors import (
    Sender,
    a_sender,
    act,
    digested,
    envelope,
    errors,
    shown,
    stored,
)
from tests.frontends.api.test_maps import upload
from tests.intake.errors.bundling import bundle, sent


def again(build: int, number: int, **more: object) -> dict[str, Any]:
    """Return the event of a build as it happens once more."""
    return sent(build) | {"event_id": f"{number:032x}", **more}


@pytest.fixture
async def shop(api: Api) -> Sender:
    """Give an application that sends its errors."""
    return await a_sender(api)


async def read(api: Api) -> int:
    """Let what was asked for be read again; return how many runs that were."""
    engine, connection = api.serving.engine, api.store.connection

    async def over() -> bool:
        return all(run.state.ended for run in await engine.newest(connection))

    async with engine.worker():
        await until(over)
    runs = await engine.newest(connection, kind=read_again.RUN)
    assert {run.state for run in runs} <= {RunState.DONE}, runs
    return len(runs)


async def issues(api: Api) -> list[str]:
    """Return how the issues that there are stand."""
    while await absorb.absorb(api.serving.pool, api.serving.taking):
        pass
    items = (await api.viewer.get("/api/v1/issues")).json()["items"]
    return sorted(one["status"] for one in items)


async def test_what_comes_after_the_map_is_the_bug_that_is_known(shop: Sender) -> None:
    api = shop.api
    await shop.send(sent(1))
    (minified,) = await errors(api)
    await upload(api, bundle(1))
    await shop.send(again(1, 1))  # while it is not read yet
    (waits,) = [row for row in await stored(api) if row["key"] is None]
    assert await read(api) == 1
    await digested(api)

    (error,) = await errors(api)
    assert (error["id"], error["events"]) == (minified["id"], 2)
    assert "amountOf" not in minified["culprit"]
    assert "amountOf" in error["culprit"]
    old, new = sorted((await shown(api, error["id"]))["keys"], key=lambda key: int(key["id"]))
    assert (old["reads_as"], new["reads_as"]) == (new["id"], None)
    assert len(await issues(api)) == 1
    assert waits["dead"] is None


async def test_whoever_uploads_again_and_again_lets_nobody_wait_for_ever(shop: Sender) -> None:
    api = shop.api
    await shop.send(sent(1))
    await upload(api, bundle(2))
    await api.clock.sleep(40)
    await upload(api, bundle(2, with_debug_id=False))
    await shop.send(again(1, 1))
    assert [error["events"] for error in await errors(api)] == [1]

    await api.clock.sleep(21)
    await digested(api)

    assert [error["events"] for error in await errors(api)] == [2]


async def test_two_that_read_alike_become_one_and_what_was_decided_stays(shop: Sender) -> None:
    api = shop.api
    await shop.send(sent(1))
    (minified,) = await errors(api)
    await act(api, minified["id"], "mute", duration="7d")
    await upload(api, bundle(2))
    await read(api)
    await shop.send(again(2, 1), again(2, 2))
    assert len(await errors(api)) == 2
    assert await issues(api) == ["triaged", "triaged"]
    await upload(api, bundle(1))
    await read(api)

    (error,) = await errors(api)
    assert (error["id"], error["state"], error["events"]) == (minified["id"], "muted", 3)
    assert await issues(api) == ["resolved", "triaged"]
    audit = (await api.admin.get("/api/v1/audit")).json()["items"]
    assert ("fettle", "error 2 into 1") in {(one["actor"], one["subject"]) for one in audit}


async def test_who_takes_them_apart_is_not_contradicted(shop: Sender) -> None:
    api = shop.api
    await shop.send(sent(1))
    await upload(api, bundle(2))
    await read(api)
    await shop.send(again(2, 1))
    await upload(api, bundle(1))
    await read(api)
    (error,) = await errors(api)
    whole = await shown(api, error["id"])
    (merged,) = {key["merged_from"] for key in whole["keys"]} - {None}
    await act(api, error["id"], "split", merged=int(merged))
    await upload(api, bundle(1), version="shop@1.1b")
    await read(api)

    assert len(await errors(api)) == 2


async def test_who_digests_while_they_are_joined_comes_first(shop: Sender) -> None:
    """Both would make the key that the events have now; one of them would fail, and be lost."""
    api = shop.api
    await shop.send(sent(1))
    await upload(api, bundle(1))
    await shop.post(envelope(again(1, 1)))
    await api.clock.sleep(61)  # for longer it does not wait
    async with api.serving.pool.connection() as connection:
        async with connection.transaction():
            await digest.stop(connection)
            reading = asyncio.create_task(read(api))
            await until(partial(somebody_waits, api))
            held = cast("Pool", Held(connection))
            assert await digest.digest(held, api.serving.digesting) == 1
        await reading

    (error,) = await errors(api)
    assert error["events"] == 2


@dataclass
class Held:
    """A pool of one connection, which somebody is in a transaction with."""

    held: Connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        yield self.held


async def somebody_waits(api: Api) -> bool:
    """Whether somebody waits for a lock that is no table's."""
    waiting = """
        SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted
    """
    return await (await api.store.connection.execute(waiting)).fetchone() is not None


async def test_a_key_whose_events_read_as_several_bugs_stays_as_it_is(shop: Sender) -> None:
    """A bundler calls many things by the same letter."""
    elsewhere = again(1, 1)
    elsewhere["exception"]["values"][0]["stacktrace"]["frames"][-1]["colno"] = 1
    await shop.send(sent(1), elsewhere)
    (before,) = await errors(shop.api)
    await upload(shop.api, bundle(1))
    await read(shop.api)

    (after,) = await errors(shop.api)
    assert after == before
    (key,) = (await shown(shop.api, after["id"]))["keys"]
    assert key["reads_as"] is None
