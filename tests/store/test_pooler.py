"""A real PgBouncer is told by what it does to sessions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fettle.store.pooler import shares_sessions
from tests.store.bouncer import pooled, warm

Connection = psycopg.AsyncConnection[Any]


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        await connection.execute("SELECT 1")
        yield connection


async def shared_at(address: str) -> bool:
    async with connected(address) as connection:
        return await shares_sessions(
            connection, lambda: connected(address), patience=timedelta(seconds=1)
        )


async def test_a_server_is_none(shared: str) -> None:
    assert not await shared_at(shared)


@pytest.mark.parametrize(
    ("settings", "servers"),
    [
        ({"pool_mode": "transaction"}, 0),
        ({"pool_mode": "transaction"}, 4),
        ({"pool_mode": "transaction", "default_pool_size": 1}, 0),
        ({"pool_mode": "transaction", "server_round_robin": 1}, 2),
        ({"pool_mode": "transaction", "server_round_robin": 1}, 5),
        ({"pool_mode": "statement"}, 0),
    ],
)
async def test_sessions_that_are_shared(
    shared: str, folder: Path, settings: dict[str, object], servers: int
) -> None:
    with pooled(shared, folder, **settings) as address:
        warm(address, servers)
        assert await shared_at(address)


@pytest.mark.parametrize("size", [1, 20])
async def test_sessions_of_ones_own(shared: str, folder: Path, size: int) -> None:
    with pooled(shared, folder, pool_mode="session", default_pool_size=size) as address:
        assert not await shared_at(address)
