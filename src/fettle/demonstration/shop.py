"""The shop's databases beside the store's, with real troubles, and the application that uses them.

::

    invoice export    idle in its transaction in `billing`, with a row locked that others need
      └ checkout x 4  wait for that row
    web               searches `shop` for visits, by a column without an index
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from fettle.store import embedded
from fettle.store.cluster import ROLE

DATABASE = "shop"
# The locks stand in a database of their own: beside a transaction that stays open no index can be
# made or dropped, and whoever tries a fix here should see it work.
BILLING = "billing"

_SQL = Path(__file__).with_name("shop.sql")
_LOOKS, _FIXES, _RUNS = "shop_looks", "shop_fixes", "shop"
_WAITING = 4
_PAUSE_S = 0.5
_SERVER = (
    "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'",
    "CREATE ROLE {runs} LOGIN PASSWORD {password}",
    # plans are made by the role that looks, and say no where it does not own what is to be mended
    "CREATE ROLE {looks} LOGIN PASSWORD {password} IN ROLE {runs}, pg_monitor",
    "CREATE ROLE {fixes} LOGIN PASSWORD {password} IN ROLE {runs}, pg_monitor, pg_signal_backend",
    "REVOKE CONNECT ON DATABASE {store} FROM PUBLIC",
    "CREATE DATABASE {shop} OWNER {runs}",
    "CREATE DATABASE {billing} OWNER {runs}",
)
# As a CREATE INDEX CONCURRENTLY leaves one that was cut off while it waited.
_INVALID = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'visit_page'::regclass"


@dataclass(frozen=True)
class Shop:
    """How its databases are reached: each role of them has the same password."""

    server: str
    password: str

    def address(self, role: str, database: str) -> str:
        """Return an address; nothing of the environment is asked for the rest."""
        return make_conninfo(self.server, user=role, password=self.password, dbname=database)

    @property
    def variables(self) -> Mapping[str, str]:
        """What shop.toml takes from its environment."""
        return {
            "SHOP": self.address(_LOOKS, DATABASE),
            "SHOP_FIX": self.address(_FIXES, DATABASE),
        }

    def plant(self) -> None:
        """Fill its databases, with their troubles."""
        with _connected(self.address(_RUNS, BILLING)) as connection:
            connection.execute("CREATE TABLE invoice (id int PRIMARY KEY, written int NOT NULL)")
            connection.execute("INSERT INTO invoice VALUES (1, 0)")
        with _connected(self.address(_RUNS, DATABASE)) as connection:
            connection.execute(_SQL.read_bytes())
            connection.execute("CREATE INDEX visit_page ON visit (page)")
            connection.execute("ANALYZE")
        with _connected(make_conninfo(self.server, dbname=DATABASE)) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
            connection.execute("SELECT pg_stat_statements_reset()")
            connection.execute(_INVALID)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Have the application at work; its sessions end with this."""
        billing, shop = self.address(_RUNS, BILLING), self.address(_RUNS, DATABASE)
        async with AsyncExitStack() as stack:
            export = await _session(stack, billing, "invoice export")
            await export.execute("BEGIN")
            await export.execute("UPDATE invoice SET written = written + 1 WHERE id = 1")
            tasks = [
                asyncio.create_task(_waiting(await _session(stack, billing, "checkout")))
                for _ in range(_WAITING)
            ]
            tasks.append(asyncio.create_task(_searching(await _session(stack, shop, "web"))))
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


def prepared(data: Path) -> Shop:
    """Make the store's server in a data directory, with the shop's roles and empty databases.

    It is stopped again: it counts statements from its next start on.
    """
    password = secrets.token_hex(16)
    with embedded.acquire(data) as server, _connected(server.conninfo) as connection:
        for statement in _SERVER:
            connection.execute(_named(statement, password))
        return Shop(server.conninfo, password)


def _connected(address: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(address, autocommit=True)


def _named(statement: str, password: str) -> sql.Composed:
    names = {"runs": _RUNS, "looks": _LOOKS, "fixes": _FIXES}
    databases = {"store": ROLE, "shop": DATABASE, "billing": BILLING}
    identifiers = {name: sql.Identifier(one) for name, one in {**names, **databases}.items()}
    return sql.SQL(statement).format(**identifiers, password=sql.Literal(password))


async def _session(
    stack: AsyncExitStack, address: str, application: str
) -> "psycopg.AsyncConnection[tuple[object, ...]]":
    connection = await psycopg.AsyncConnection.connect(
        address, application_name=application, autocommit=True
    )
    return await stack.enter_async_context(connection)


async def _waiting(session: "psycopg.AsyncConnection[tuple[object, ...]]") -> None:
    """Wait for the row that is locked, however that ends."""
    with suppress(psycopg.Error):
        await session.execute("UPDATE invoice SET written = written + 1 WHERE id = 1")


async def _searching(session: "psycopg.AsyncConnection[tuple[object, ...]]") -> None:
    """Search again and again, and read what is bought, until somebody ends the session."""
    with suppress(psycopg.Error):
        for turn in range(10**9):
            what = (f"{turn % 1000:032x}",)
            await session.execute("SELECT count(*) FROM visit WHERE session = %s", what)
            await session.execute("SELECT id FROM orders ORDER BY placed DESC LIMIT 20")
            await asyncio.sleep(_PAUSE_S)
