"""Fettle's own store: a PostgreSQL of the user's, or the embedded one."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs
import psycopg
from psycopg import conninfo, sql

from fettle.errors import StoreError, StoreUnreachable
from fettle.store import embedded, libpq, pooler
from fettle.store.failures import failed
from fettle.store.migrate import migrate
from fettle.store.rows import Tables

OLDEST_MAJOR = 15
SCHEMA = "fettle"
QUEUE_SCHEMA = "fettle_engine"  # the engine's own; it can be made anew from what SCHEMA holds
SEARCH_PATH = f"{SCHEMA},{QUEUE_SCHEMA}"
APPLICATION_NAME = "fettle"

Connection = psycopg.AsyncConnection[Any]


@dataclass(frozen=True)
class Store:
    """An open store: its tables, its server's version, and the number of its last migration.

    `data` is the data directory of an embedded store, None for a store by address.
    """

    connection: Connection
    conninfo: str = field(repr=False)  # it holds the password
    migration: int
    data: Path | None

    @property
    def tables(self) -> Tables:
        """What is kept."""
        return Tables(self.connection)

    @property
    def version(self) -> int:
        """The server's version number: 180006."""
        return self.connection.info.server_version


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """Return FETTLE_DATA, or the platform's place; root's is outside of its home.

    PostgreSQL cannot run as root, and the user it runs as cannot reach root's home.
    """
    if given := environ.get("FETTLE_DATA"):
        return Path(given)
    if os.geteuid() == 0:
        return Path("/var/lib/fettle")
    return platformdirs.user_data_path("fettle", appauthor=False)


@asynccontextmanager
async def open_store(*, data: Path, url: str | None) -> AsyncIterator[Store]:
    """Open the store, starting the embedded server when no address is given, and migrate it.

    Raises StoreError, with what to do.
    """
    async with AsyncExitStack() as stack:
        address = url if url is not None else await stack.enter_async_context(_embedded(data))
        connection = await stack.enter_async_context(connected(address))
        try:
            await _refuse_unfit(connection, address)
            migration = await migrate(connection, SCHEMA)
        except psycopg.Error as error:
            raise failed(error, "the store cannot be brought up to date") from error
        yield Store(connection, address, migration, None if url else data)


@asynccontextmanager
async def looking_into(*, data: Path, url: str | None) -> AsyncIterator[Connection]:
    """Connect to the store as it is: it is not brought up to date for who only looks.

    Raises StoreError, with what to do.
    """
    async with AsyncExitStack() as stack:
        address = url if url is not None else await stack.enter_async_context(_embedded(data))
        yield await stack.enter_async_context(connected(address))


@asynccontextmanager
async def _embedded(data: Path) -> AsyncIterator[str]:
    # initdb, recovery and stopping take their time; other targets are looked at meanwhile
    server = embedded.acquire(data)
    entering = asyncio.ensure_future(asyncio.to_thread(server.__enter__))
    try:
        await asyncio.shield(entering)
    except asyncio.CancelledError:
        # A thread cannot be cancelled: it would start a server that nobody stops.
        await asyncio.wait([entering])
        if entering.exception() is None:
            await asyncio.to_thread(server.__exit__, None, None, None)
        raise
    try:
        yield entering.result().conninfo
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Connection]:
    """Connect to a store's server, in its schema; raises StoreUnreachable."""
    async with AsyncExitStack() as stack:
        try:
            merged = conninfo.make_conninfo(
                _readable(address),
                application_name=APPLICATION_NAME,
                connect_timeout=10,
                client_encoding="UTF8",
            )
            connection = await psycopg.AsyncConnection.connect(merged, autocommit=True)
            await stack.enter_async_context(connection)
            names = map(sql.Identifier, SEARCH_PATH.split(","))
            path = sql.SQL("SET search_path = {}").format(sql.SQL(", ").join(names))
            await connection.execute(path)
        except psycopg.Error as error:
            raise StoreUnreachable(
                f"the store does not let Fettle in: {' '.join(str(error).split())}",
                remedy="check [store] url, or leave it out to use the embedded PostgreSQL",
            ) from error
        yield connection


def _readable(address: str) -> str:
    """Return the address as it is; raises StoreUnreachable when it is none."""
    try:
        libpq.parts(address)
    except ValueError as error:
        raise StoreUnreachable(
            f"the store's address cannot be read: {error}", remedy=libpq.HOW_TO_WRITE
        ) from None
    return address


async def _refuse_unfit(connection: Connection, address: str) -> None:
    major = connection.info.server_version // 10000
    if major < OLDEST_MAJOR:
        raise StoreError(
            f"the store's server is PostgreSQL {major}, and {OLDEST_MAJOR} is the oldest that can "
            "be one",
            remedy="name a newer server, or leave [store] url out to use the embedded one",
        )
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StoreError(
            f"the store's database cannot hold every text: its encoding is {encoding}",
            remedy="CREATE DATABASE fettle ENCODING 'UTF8' TEMPLATE template0, and name that one",
        )
    if await pooler.shares_sessions(connection, lambda: connected(address)):
        raise StoreError(
            "the store's address is a pooler in transaction mode, and the store needs sessions of "
            "its own for its locks",
            remedy="name the server's direct address, or the pooler's session mode",
        )
    row = await (await connection.execute("SELECT pg_is_in_recovery()")).fetchone()
    if row and row[0]:
        raise StoreError(
            "the store's server is a standby, and nothing can be written there",
            remedy="name the primary's address",
        )
