"""Fettle's own store: a PostgreSQL of the user's, or the embedded one."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
import psycopg
from psycopg import conninfo, sql

from fettle.errors import StoreError, StoreUnreachable
from fettle.store import embedded, pooler
from fettle.store.migrate import migrate
from fettle.store.rows import Tables

OLDEST_MAJOR = 15
SCHEMA = "fettle"
APPLICATION_NAME = "fettle"

Connection = psycopg.AsyncConnection[Any]


@dataclass(frozen=True)
class Store:
    """An open store: its tables, its server's version, and the number of its last migration.

    `data` is the data directory of an embedded store, None for a store by address.
    """

    connection: Connection
    conninfo: str
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
    with ExitStack() as stack:
        address = url
        if address is None:
            # initdb and recovery take their time; other targets are looked at meanwhile
            server = await asyncio.to_thread(stack.enter_context, embedded.acquire(data))
            address = server.conninfo
        async with connected(address) as connection:
            await _refuse_unfit(connection, address)
            try:
                migration = await migrate(connection, SCHEMA)
            except psycopg.Error as error:
                raise _unusable(error) from error
            yield Store(connection, address, migration, None if url else data)


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Connection]:
    """Connect to a store's server, in its schema; raises StoreUnreachable."""
    try:
        merged = conninfo.make_conninfo(
            address, application_name=APPLICATION_NAME, connect_timeout=10
        )
        connection = await psycopg.AsyncConnection.connect(merged, autocommit=True)
    except psycopg.Error as error:
        raise StoreUnreachable(
            f"the store does not let Fettle in: {' '.join(str(error).split())}",
            remedy="check [store] url, or leave it out to use the embedded PostgreSQL",
        ) from error
    async with connection:
        await connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(SCHEMA)))
        yield connection


async def _refuse_unfit(connection: Connection, address: str) -> None:
    major = connection.info.server_version // 10000
    if major < OLDEST_MAJOR:
        raise StoreError(
            f"the store's server is PostgreSQL {major}, and {OLDEST_MAJOR} is the oldest that can "
            "be one",
            remedy="name a newer server, or leave [store] url out to use the embedded one",
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


def _unusable(error: psycopg.Error) -> StoreError:
    said = error.diag.message_primary or " ".join(str(error).split())
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        remedy = f"CREATE SCHEMA {SCHEMA} AUTHORIZATION the role, or GRANT CREATE ON DATABASE to it"
    elif isinstance(error, psycopg.errors.DiskFull):
        remedy = "make room on the store's disk; nothing was changed"
    else:
        remedy = "read the server's log"
    return StoreError(f"the store cannot be brought up to date: {said}", remedy=remedy)
