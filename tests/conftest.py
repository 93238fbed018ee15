"""What every test may ask for: real servers, fresh databases."""

import itertools
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import hypothesis
import pytest

from tests import servers
from tests.planted.plant import SERVER_SETTINGS, Planted, plant
from tests.servers import Server

MAJORS = tuple(int(major) for major in os.environ.get("FETTLE_MATRIX", "18,15").split(","))

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("no_deadline", deadline=None)
hypothesis.settings.load_profile("no_deadline")

_numbers = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Leave the long tests, and those that need further versions, to their own make targets."""
    if not config.option.markexpr:
        config.option.markexpr = "not soak and not matrix"


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


@pytest.fixture
def store_environ(pg18: Server) -> Iterator[dict[str, str]]:
    """Give the environment of a Fettle with an empty store."""
    name = f"store_{next(_numbers)}"
    with servers.fresh_database(pg18, name) as url:
        yield {"FETTLE_STORE__URL": url}
