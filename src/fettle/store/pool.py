"""Connections to the store, for whoever serves many at once."""

import asyncio
import select
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from typing import Any

import psycopg
from psycopg import conninfo, sql
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from fettle.store.store import APPLICATION_NAME, SEARCH_PATH, Connection, Store

_WAIT_S = 10
_AT_ONCE_S = 0.05
# The pauses between attempts are doubled for so long; then they begin anew, so that a store that
# was away is found again in about a second.
_RECONNECT_S = 2
SIGN_S = 2.0  # between signs of life in a transaction; the store waits for them for 10 s

Pool = AsyncConnectionPool[Connection]
# What is raised while the store is away.
AWAY = (psycopg.Error, PoolTimeout)


class _Pool(Pool):
    """A pool in which a cancellation is not lost.

    It waits with asyncio.wait_for, which before Python 3.12 swallows a cancellation that comes in
    the moment of what was waited for (https://github.com/python/cpython/issues/86296): whoever was
    told to stop while it waited for a connection would go on for ever.
    """

    async def getconn(self, timeout: float | None = None) -> Connection:  # noqa: ASYNC109 - its own
        """Return a connection, unless whoever asks was cancelled meanwhile."""
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        connection = await super().getconn(timeout)
        if task is not None and task.cancelling() > before:
            await self.putconn(connection)
            raise asyncio.CancelledError
        return connection


@asynccontextmanager
async def pool_of(store: Store, size: int = 8) -> AsyncIterator[Pool]:
    """Open connections to a store, as many as are used at once, at most `size`."""
    async with pool_at(store.conninfo, size) as pool:
        yield pool


@asynccontextmanager
async def pool_at(address: str, size: int = 8) -> AsyncIterator[Pool]:
    """Open connections to the store of an address, whether or not it answers yet.

    A process that is frozen in the middle of a transaction loses it, and with it its locks. A
    machine that is gone is noticed within 15 s.
    """
    given = conninfo.conninfo_to_dict(address).get("options") or ""
    ours = f"-c search_path={SEARCH_PATH} -c idle_in_transaction_session_timeout=10s"
    complete = conninfo.make_conninfo(
        address,
        application_name=APPLICATION_NAME,
        connect_timeout=_WAIT_S,
        client_encoding="UTF8",
        keepalives_idle=5,
        keepalives_interval=3,
        keepalives_count=3,
        tcp_user_timeout=15_000,
        options=f"{given} {ours}".strip(),
    )
    pool = _Pool(
        complete,
        connection_class=psycopg.AsyncConnection[Any],
        # Not among the `kwargs`: who copies them to make one more connection names it too.
        configure=_commit_each,
        min_size=1,
        max_size=size,
        timeout=_WAIT_S,
        reconnect_timeout=_RECONNECT_S,
        reconnect_failed=_look_on,
        check=_still_there,
        open=False,
    )
    async with pool:
        yield pool


async def _commit_each(connection: Connection) -> None:
    await connection.set_autocommit(True)


async def _look_on(pool: AsyncConnectionPool[Any]) -> None:
    """Go on looking for the store: who waits for a connection sets off no further attempt."""
    await pool.check()


async def _still_there(connection: Connection) -> None:
    """Raise an error of the store's where a connection is gone.

    A server that hangs up says so, and that waits to be read, also where a connection is broken:
    only then it is asked. To ask each time costs as much as what most connections are taken for.
    """
    said = select.poll()
    said.register(connection.fileno(), select.POLLIN)
    if said.poll(0):
        await AsyncConnectionPool.check_connection(connection)


@asynccontextmanager
async def thinking(connection: Connection, sign_s: float = SIGN_S) -> AsyncIterator[None]:
    """Keep a transaction in which one reckons for long between two statements.

    Its signs of life are given by the loop: a process that is frozen gives none, and loses it.
    """
    over = asyncio.Event()

    async def show_life() -> None:
        while not over.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(sign_s):
                    await over.wait()
                    return
            with suppress(psycopg.Error):  # whoever has the transaction meets it too
                await connection.execute("SELECT")

    signs = asyncio.create_task(show_life())
    try:
        yield
    finally:
        over.set()
        await signs


@asynccontextmanager
async def beside(
    connection: Connection, pool: Pool | None, begin: str
) -> AsyncIterator[Connection]:
    """Have a second connection that sees what a transaction sees; itself where none is left.

    `begin` is what the transaction, repeatable read, was begun by. Nobody waits for a connection
    who has one: those who did would wait for one another.
    """
    async with AsyncExitStack() as stack:
        try:
            lent = pool.connection(timeout=_AT_ONCE_S) if pool else nullcontext()
            second = await stack.enter_async_context(lent)
        except PoolTimeout:
            second = None
        if second is None:
            yield connection
            return
        cursor = await connection.execute("SELECT pg_export_snapshot()")
        (snapshot,) = await cursor.fetchone() or ("",)
        await stack.enter_async_context(second.transaction())
        await second.execute(begin.encode())
        seeing = sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot)
        await second.execute(seeing.as_bytes(second))
        yield second
