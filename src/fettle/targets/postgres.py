"""A PostgreSQL database as a target: looking at it in a way that cannot hurt.

Every question is one message: a read-only transaction with its own limits for time and locks,
that is over when the answer comes. So nothing depends on session state (it works through any
pooler), an error spoils nothing after it, and no snapshot is held between two questions.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar

import psycopg
from psycopg import errors as pg
from psycopg import sql

from fettle.errors import ActFailed, CannotLook, NotSupported
from fettle.model.ports import Rows
from fettle.model.server import NEWEST_MAJOR, OLDEST_MAJOR, Server
from fettle.model.sql import identifier
from fettle.store import pooler
from fettle.targets import address, explain, refusals, streaming

APPLICATION_NAME = "fettle"
_LOCK = "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended(%s, 8470))"
_UNLOCK = "SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended(%s, 8470))"
_SERVER = Path(__file__).with_name("server.sql").read_text(encoding="utf-8")

Connection = psycopg.AsyncConnection[tuple[object, ...]]
AnswerT = TypeVar("AnswerT")

_ASKED_AGAIN = 5


@dataclass(frozen=True)
class Patience:
    """How long a question may take, and how long it may stand in a queue for a lock.

    A statement that is longer than `statement` is ended by the server itself, so a Fettle that
    was killed leaves nothing running for longer.
    """

    connect: timedelta = timedelta(seconds=10)
    statement: timedelta = timedelta(seconds=5)
    lock: timedelta = timedelta(milliseconds=200)

    def within(self, longest: timedelta | None) -> "Patience":
        """Return a patience that waits for nothing longer than that."""
        if longest is None:
            return self
        # of no time at all the server makes no limit at all
        most = max(longest, timedelta(milliseconds=1))
        return replace(self, statement=min(self.statement, most), lock=min(self.lock, most))


class PostgresDatabase:
    """One database, seen by one role over one connection; implements model.ports.Database."""

    def __init__(self, connection: Connection, server: Server, patience: Patience) -> None:
        self._connection = connection
        self._patience = patience
        self._server = server
        self._preamble = _preamble(patience, watching=server.sees_clients_leave)

    @property
    def server(self) -> Server:
        """The server as it was when the connection was made."""
        return self._server

    async def read(self, statement: str, parameters: Mapping[str, object] | None = None) -> Rows:
        """Ask one question; see model.ports.Database.read."""
        try:
            composed = sql.SQL(statement).format(
                **{name: sql.Identifier(schema) for name, schema in self._server.extensions.items()}
            )
        except KeyError as missing:
            raise CannotLook(
                f"the extension {missing.args[0]} is not installed in this database",
                remedy=f"CREATE EXTENSION {missing.args[0]};",
            ) from missing
        try:
            message = self._preamble + composed
            return await _ask(
                self._connection, message, parameters, self._patience, self._server.role
            )
        except CannotLook as error:
            if not isinstance(error.__cause__, pg.InsufficientPrivilege):
                raise
            named = {name for _, name, *_ in Formatter().parse(statement) if name}
            opened = [self._server.extensions[name] for name in sorted(named)]
            remedy = refusals.of_extension(opened, self._server.role) or error.remedy
            raise CannotLook(error.reason, remedy=remedy) from error

    async def plans(
        self,
        statement: str,
        indexes: Sequence[str] = (),
        *,
        search_path: str | None = None,
        within: timedelta | None = None,
    ) -> list[Mapping[str, Any]]:
        """Return a statement's plan; see model.ports.Database.plans."""
        patience = self._patience.within(within)
        explaining = explain.Explaining(
            self._connection,
            self._server,
            _preamble(patience, watching=self._server.sees_clients_leave)
            + explain.along(search_path),
            lambda error: self._cannot(error, patience),
        )
        return await explaining.plans(statement, indexes)

    def _cannot(self, error: psycopg.Error, patience: Patience | None = None) -> CannotLook:
        patience = patience or self._patience
        return refusals.cannot_look(error, patience.statement, patience.lock, self._server.role)


class MendablePostgres(PostgresDatabase):
    """A database that a Fix may act on; implements model.ports.MendableDatabase."""

    async def shares_its_session(
        self, another: Callable[[], AbstractAsyncContextManager[Connection]]
    ) -> bool:
        """Whether a pooler may give the next transaction to another session; see store.pooler."""
        try:
            return await pooler.shares_sessions(self._connection, another)
        except psycopg.Error as error:
            raise self._cannot(error) from error

    async def prepare(self) -> None:
        """Set what holds for the session, whatever its role has set for itself.

        A limit that ends the session in the middle of an act would leave it half done.
        """
        settings = {"statement_timeout": f"{_ms(self._patience.statement)}"}
        settings |= {"search_path": "pg_catalog", "idle_in_transaction_session_timeout": "0"}
        if self._server.major >= 14:
            settings["idle_session_timeout"] = "0"
        if self._server.major >= 17:
            settings["transaction_timeout"] = "0"
        if self._server.sees_clients_leave:
            settings["client_connection_check_interval"] = "1000"
        message = "; ".join(f"SET {name} = {value}" for name, value in settings.items()).encode()
        try:
            await _patiently(
                self._connection, lambda: self._connection.execute(message), self._patience
            )
        except psycopg.Error as error:
            raise self._cannot(error) from error

    async def act(self, statement: str) -> Rows:
        """Run one statement outside any transaction; see model.ports.MendableDatabase.act."""
        try:
            cursor = await self._connection.execute(statement.encode())
            return _rows(cursor.description, await cursor.fetchall() if cursor.description else [])
        except psycopg.Error as error:
            raise self._failed(error) from error

    async def answers(self, statement: str) -> AsyncIterator[Rows]:
        """Run statements, whose answer may be endless; see model.ports.MendableDatabase.answers."""
        try:
            async for part in streaming.parts(self._connection, statement):
                yield part
        except psycopg.Error as error:
            raise self._failed(error) from error

    def _failed(self, error: psycopg.Error) -> ActFailed:
        remedy = refusals.remedy(error, self._server.role)
        return ActFailed(refusals.sentence(error), remedy=remedy)

    async def limit(self, *, lock_timeout_ms: int, statement_timeout_s: int) -> None:
        """Set how long the acts that follow may take and may wait for a lock."""
        statements = [
            f"SET lock_timeout = {lock_timeout_ms:d}",
            f"SET statement_timeout = {statement_timeout_s * 1000:d}",
        ]
        await self.act("; ".join(statements))

    @asynccontextmanager
    async def locked(self, name: str) -> AsyncIterator[bool]:
        """Hold Fettle's advisory lock of that name; see model.ports.MendableDatabase.locked."""
        key = ("fettle:" + name,)
        try:
            cursor = await self._connection.execute(_LOCK, key)
            row = await cursor.fetchone()
        except psycopg.Error as error:
            raise self._cannot(error) from error
        held = bool(row and row[0])
        try:
            yield held
        finally:
            # one that cannot be asked any more is over, and has let go of it
            with suppress(psycopg.Error):
                if held and not self._connection.closed:
                    await self._connection.execute(_UNLOCK, key)


@asynccontextmanager
async def looking_at(url: str, patience: Patience) -> AsyncIterator[PostgresDatabase]:
    """Connect to look. Raises Unreachable or NotSupported, with what to do."""
    async with _connected(url, patience) as connection:
        server = await _server(connection, patience)
        yield PostgresDatabase(connection, server, patience)


@asynccontextmanager
async def mending(url: str, patience: Patience) -> AsyncIterator[MendablePostgres]:
    """Connect to act: directly, for what is set on the session must hold.

    Raises Unreachable or NotSupported.
    """
    async with _connected(url, patience) as connection:
        server = await _server(connection, patience)
        database = MendablePostgres(connection, server, patience)
        if server.pooled and await database.shares_its_session(lambda: _connected(url, patience)):
            raise NotSupported(
                "this address is a pooler in transaction mode; a fix needs a session of its own",
                remedy="give the server's direct address with --target, or as fix_url "
                "of the [[database]] in fettle.toml",
            )
        if server.in_recovery:
            raise NotSupported(
                "this server is a standby; nothing can be mended on it",
                remedy="give the primary's address with --target",
            )
        await database.prepare()
        yield database


@asynccontextmanager
async def _connected(url: str, patience: Patience) -> AsyncIterator[Connection]:
    # each of several hosts has its share of the time: the first may be gone
    each = patience.connect / address.hosts(url)
    conninfo = address.conninfo(
        url,
        application_name=APPLICATION_NAME,
        connect_timeout=max(2, round(each.total_seconds())),
    )
    try:
        async with asyncio.timeout(patience.connect.total_seconds() + 1):
            connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
    except (psycopg.Error, TimeoutError, UnicodeError) as error:
        raise refusals.unreachable(error, url) from error
    connection.prepare_threshold = None
    try:
        yield connection
    finally:
        await connection.close()


async def _server(connection: Connection, patience: Patience) -> Server:
    major = connection.info.server_version // 10000
    if not OLDEST_MAJOR <= major <= NEWEST_MAJOR:
        raise NotSupported(
            f"the server is PostgreSQL {major}; this Fettle knows {OLDEST_MAJOR} to {NEWEST_MAJOR}",
            remedy="upgrade the server: its version gets no more fixes"
            if major < OLDEST_MAJOR
            else "upgrade Fettle",
        )
    preamble = _preamble(patience, watching=False)
    role = identifier(connection.info.user)
    answer = await _ask(connection, preamble + sql.SQL(_SERVER), None, patience, role)
    row = dict(zip(answer.columns, answer.values[0], strict=True))
    pid = row.pop("pid")
    roles = row.pop("roles")
    server = Server(
        **row,  # type: ignore[arg-type] # the columns of server.sql
        roles=frozenset(roles),  # type: ignore[call-overload]
        pooled=pid != connection.info.backend_pid,
    )
    if not server.pooled:  # a session of our own: from here on the role's time-out is gone
        limit = f"SET statement_timeout = {_ms(patience.statement)}".encode()
        await _patiently(connection, lambda: connection.execute(limit), patience)
    return server


def _ms(duration: timedelta) -> int:
    # 0 would be no limit at all
    return max(1, round(duration.total_seconds() * 1000))


def _preamble(patience: Patience, *, watching: bool) -> sql.Composed:
    """Return what begins each question; not every server can watch its client (`watching`)."""
    limits = {
        "statement_timeout": _ms(patience.statement),
        "lock_timeout": _ms(patience.lock),
        "search_path": "pg_catalog",
        "timezone": "UTC",
        "datestyle": "ISO",
        "intervalstyle": "postgres",
        "extra_float_digits": 1,
        # Catalogue queries are short: compiling them costs more than running them.
        "jit": "off",
        "max_parallel_workers_per_gather": 0,
    }
    if watching:
        limits["client_connection_check_interval"] = 1000
    sets = [
        sql.SQL("SET LOCAL {} = {};").format(sql.Identifier(name), sql.Literal(value))
        for name, value in limits.items()
    ]
    return sql.Composed([sql.SQL("BEGIN READ ONLY;"), *sets])


async def _ask(
    connection: Connection,
    question: sql.Composable,
    parameters: Mapping[str, object] | None,
    patience: Patience,
    role: str,
) -> Rows:
    message = question + sql.SQL(";COMMIT")

    async def ask() -> Rows:
        cursor = psycopg.AsyncClientCursor(connection)
        await cursor.execute(message, parameters)
        while cursor.description is None and cursor.nextset():
            pass
        return _rows(cursor.description, await cursor.fetchall())

    try:
        async with asyncio.timeout(patience.statement.total_seconds() + 5):
            return await _patiently(connection, ask, patience)
    except pg.Error as error:
        await _leave_transaction(connection)
        raise refusals.cannot_look(error, patience.statement, patience.lock, role) from error
    except TimeoutError as error:
        await connection.close()
        raise CannotLook(
            "the server stopped answering", remedy="look at its load and at the network"
        ) from error
    except UnicodeError as error:
        await _leave_transaction(connection)
        raise CannotLook(f"the answer holds text that is not UTF-8: {error}") from error


async def _patiently(
    connection: Connection, ask: Callable[[], Awaitable[AnswerT]], patience: Patience
) -> AnswerT:
    """Ask again when it was ended long before its time.

    The role's own time-out holds until ours is set, and may be a millisecond.
    """
    soon = patience.statement.total_seconds() / 2
    for _ in range(_ASKED_AGAIN):
        begun = time.monotonic()
        try:
            return await ask()
        except pg.QueryCanceled:
            if time.monotonic() - begun >= soon:
                raise
            await _leave_transaction(connection)
    return await ask()


async def _leave_transaction(connection: Connection) -> None:
    if not connection.closed:
        await connection.rollback()


def _rows(description: list[psycopg.Column] | None, values: list[tuple[object, ...]]) -> Rows:
    return Rows(tuple(column.name for column in description or ()), values)
