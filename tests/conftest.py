"""What every test may ask for: real servers, fresh databases."""

import asyncio
import gc
import itertools
import os
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from fettle.engine.engine import Engine
from fettle.store.pool import pool_at
from fettle.store.store import open_store
from fettle.testing import SteppedClock
from tests import servers, turns
from tests.planted.plant import SERVER_SETTINGS, Planted, plant
from tests.servers import Server

MAJORS = tuple(int(major) for major in os.environ.get("FETTLE_MATRIX", "18,15").split(","))

# How long an example takes says how busy the machine is. Each run tries others.
hypothesis.settings.register_profile("ours", deadline=None, max_examples=50)
hypothesis.settings.load_profile("ours")

_MOST_PROCESSES = 8
_numbers = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Leave the long tests, and those that need further versions, to their own make targets."""
    turns.prepare(config)
    if not config.option.markexpr:
        config.option.markexpr = "not soak and not matrix"


def pytest_collection() -> None:
    """Collect without looking for what is in cycles: nothing of it is let go."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave what was collected, which stays, out of each later look for cycles."""
    gc.freeze()
    gc.enable()


def pytest_xdist_auto_num_workers() -> int:
    """Say how many processes `-n auto` is; each starts two servers and more."""
    return min(os.cpu_count() or 1, _MOST_PROCESSES)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let each test wait for its turn; its time counts from then on."""
    with turns.turn(item):
        return (yield)


@pytest.fixture(autouse=True)
async def nothing_left() -> AsyncIterator[None]:
    """End what a test leaves at work, as the end of a loop of its own would: all have one."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, object, object]:
    """Send reports from one process to the other, whatever the tests have made of their texts."""
    return _sendable((yield))


def _sendable(part: object) -> object:
    if isinstance(part, str):  # halves of surrogate pairs are sent by nobody
        return part.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(part, dict):
        return {_sendable(key): _sendable(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return type(part)(map(_sendable, part))
    return part


@pytest.fixture(scope="session")
def server_of() -> Iterator[Callable[[int], Server]]:
    """Give the server of a major version, started when it is first asked for."""
    running: dict[int, Server] = {}
    with ExitStack() as stack:

        def started(major: int) -> Server:
            if major not in running:
                running[major] = stack.enter_context(servers.serve(major))
            return running[major]

        yield started


@pytest.fixture(scope="session", params=MAJORS, ids=lambda major: f"pg{major}")
def server(request: pytest.FixtureRequest, server_of: Callable[[int], Server]) -> Server:
    """Give each server in turn: the newest and the oldest; all of them in `make matrix`."""
    return server_of(request.param)


@pytest.fixture(scope="session")
def pg18(server_of: Callable[[int], Server]) -> Server:
    """Give the newest server, for what does not depend on the version."""
    return server_of(18)


@pytest.fixture(scope="session")
def pg15(server_of: Callable[[int], Server]) -> Server:
    """Give Debian's server, which has hypopg."""
    return server_of(15)


@dataclass(frozen=True)
class FreshDatabase:
    """A database of one's own, and its address as the superuser."""

    name: str
    url: str
    server: Server

    def run(self, *statements: str) -> None:
        """Run statements as the superuser, each by itself; what they did is counted after it."""
        if self.server.major >= 15:  # else it is counted once the session is gone, a moment later
            statements = (*statements, "SELECT pg_stat_force_next_flush()")
        self.server.run(*statements, database=self.name)
        if self.server.major < 15:
            time.sleep(0.6)  # their collector answers what it knew half a second ago


@pytest.fixture
def database(server: Server) -> Iterator[FreshDatabase]:
    """Give a fresh database on each server in turn."""
    name = f"test_{next(_numbers)}"
    with servers.fresh_database(server, name) as url:
        yield FreshDatabase(name, url, server)


@pytest.fixture(scope="session", params=MAJORS, ids=lambda major: f"pg{major}")
def planted_server(request: pytest.FixtureRequest) -> Iterator[Planted]:
    """Give a server with every trouble that can be planted, of each version in turn.

    It is shared: look, and leave it as it is.
    """
    with servers.serve(request.param, **SERVER_SETTINGS) as server:
        yield plant(server)


@pytest.fixture
def pg18_database(pg18: Server) -> Iterator[FreshDatabase]:
    """Give a fresh database on the newest server, for what does not depend on the version."""
    name = f"test_{next(_numbers)}"
    with servers.fresh_database(pg18, name) as url:
        yield FreshDatabase(name, url, pg18)


@pytest.fixture
def pg15_database(pg15: Server) -> Iterator[FreshDatabase]:
    """Give a fresh database on Debian's server, which has hypopg."""
    name = f"test_{next(_numbers)}"
    with servers.fresh_database(pg15, name) as url:
        yield FreshDatabase(name, url, pg15)


@pytest.fixture(scope="session")
def store_template(pg18: Server) -> Iterator[str]:
    """Give the name of a database with the tables of an empty store: to be copied, not used.

    They are made in half a second, and copied in a tenth of one.
    """
    name = "store_template"
    with servers.fresh_database(pg18, name) as url:
        asyncio.run(_made(url))
        yield name


async def _made(url: str) -> None:
    async with open_store(data=Path("/nowhere"), url=url), pool_at(url, size=1) as pool:
        await Engine(pool, SteppedClock(), runs={}).prepare()


@pytest.fixture
def store_database(pg18: Server, store_template: str) -> Iterator[FreshDatabase]:
    """Give the database of an empty store."""
    name = f"store_{next(_numbers)}"
    with servers.fresh_database(pg18, name, store_template) as url:
        yield FreshDatabase(name, url, pg18)


@pytest.fixture
def store_environ(store_database: FreshDatabase) -> dict[str, str]:
    """Give the environment of a Fettle with an empty store."""
    return {"FETTLE_STORE__URL": store_database.url}
