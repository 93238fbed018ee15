"""A desk, and a place to file signals, for the tests of this folder."""

from collections.abc import AsyncIterator, Iterator

import pytest

from fettle.store.pool import pool_at
from fettle.testing import SteppedClock
from tests import servers
from tests.conftest import FreshDatabase
from tests.engine.conftest import prepared
from tests.flow.desk import Place, place_of
from tests.flow.filing import Filing
from tests.servers import Server


@pytest.fixture
async def place(store_environ: dict[str, str]) -> AsyncIterator[Place]:
    """Give a desk with a team, two services, and a clock that stands still."""
    async with place_of(store_environ) as made:
        yield made


@pytest.fixture
def other_database(pg18: Server) -> Iterator[FreshDatabase]:
    """Give a fresh database beside the store's, on the same server."""
    with servers.fresh_database(pg18, "other") as url:
        yield FreshDatabase("other", url, pg18)


@pytest.fixture
async def filing(store_database: FreshDatabase) -> AsyncIterator[Filing]:
    """Give an empty store, and a clock that stands still."""
    await prepared(store_database.url)
    async with pool_at(store_database.url) as pool:
        yield Filing(store_database.url, pool, SteppedClock())
