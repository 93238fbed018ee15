"""What changes in the store is told to whoever shows it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from fettle.store import changes
from fettle.store.changes import Changes, Topics
from tests.frontends.api.conftest import Api, api, environ, settings_text

__all__ = ["api", "environ", "settings_text"]


@asynccontextmanager
async def followed(api: Api) -> AsyncIterator["asyncio.Queue[Topics]"]:
    """Follow what changes; what was told before the listener stood is read away."""
    async with api.serving.changes.followed() as queue:
        while True:  # the listener may not stand yet
            async with api.serving.pool.connection() as connection:
                await connection.execute("SELECT pg_notify('fettle_changed', 'ready')")
            try:
                async with asyncio.timeout(1):
                    await queue.get()
                break
            except TimeoutError:
                continue
        yield queue


async def until(queue: "asyncio.Queue[Topics]", topic: str) -> Topics:
    while True:
        told = await queue.get()
        if topic in told:
            return told


async def test_a_new_issue_and_what_happens_to_it_is_told(api: Api) -> None:
    async with followed(api) as queue:
        issue = await api.report()
        assert await until(queue, "issue") >= {"issue", f"issue {issue['number']}"}
        await api.act(issue["number"], "note", text="looking")
        assert f"issue {issue['number']}" in await until(queue, "issue")


async def test_what_is_not_kept_is_not_told(api: Api) -> None:
    async with followed(api) as queue:
        await api.try_to(4711, "note", text="there is none")
        await api.report()
        assert "issue 4711" not in await until(queue, "issue")


async def test_a_follower_that_is_slow_is_told_all_of_it_at_once(api: Api) -> None:
    made = Changes(api.serving.pool)
    async with made.followed() as queue:
        for number in range(5):
            made.note(frozenset({f"issue {number}"}))
            made.tell()
        assert queue.qsize() <= 2
        told: set[str] = set()
        while not queue.empty():
            told |= queue.get_nowait()
        assert told == {f"issue {number}" for number in range(5)}


async def test_who_follows_before_the_store_is_listened_to_is_told_of_everything(api: Api) -> None:
    made = Changes(api.serving.pool)
    async with made.followed() as queue, asyncio.TaskGroup() as group:
        running = group.create_task(made.run())
        told = await asyncio.wait_for(queue.get(), 30)
        older, newer = made.lately(30), made.lately(0)
        running.cancel()

    assert told == older == changes.EVERYTHING
    assert newer == frozenset()


@pytest.mark.parametrize(
    ("payload", "topics"),
    [
        ("issue 1 2", {"issue", "issue 1", "issue 2"}),
        ("issue", {"issue"}),
        ("diagnosis", {"diagnosis"}),
        ("", set()),
    ],
)
def test_a_notice_names_what_changed(payload: str, topics: set[str]) -> None:
    assert changes.read(payload) == topics
