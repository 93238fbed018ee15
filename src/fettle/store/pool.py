"""Connections to the store, for whoever serves many at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import conninfo
from psycopg_pool import AsyncConnectionPool

from fettle.store.store import APPLICATION_NAME, SCHEMA, Connection, Store

_WAIT_S = 10


@asynccontextmanager
async def pool_of(store: Store, size: int = 8) -> AsyncIterator[AsyncConnectionPool[Connection]]:
    """Open connections to a store, as many as are used at once, at most `size`.

    A process that is frozen in the middle of a transaction loses it, and with it its locks.
    """
    given = conninfo.conninfo_to_dict(store.conninfo).get("options") or ""
    ours = f"-c search_path={SCHEMA} -c idle_in_transaction_session_timeout=10s"
    address = conninfo.make_conninfo(
        store.conninfo,
        application_name=APPLICATION_NAME,
        connect_timeout=_WAIT_S,
        client_encoding="UTF8",
        options=f"{given} {ours}".strip(),
    )
    pool = AsyncConnectionPool(
        address,
        connection_class=psycopg.AsyncConnection[Any],
        kwargs={"autocommit": True},
        min_size=1,
        max_size=size,
        timeout=_WAIT_S,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
    async with pool:
        yield pool
