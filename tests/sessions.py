"""Sessions of an application, for the tests: idle, waiting, at work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.conftest import FreshDatabase

Connection = psycopg.AsyncConnection[Any]


@dataclass
class Application:
    """An ordinary role's sessions in one database; each is known by its application name."""

    url: str
    role: str
    tasks: list["asyncio.Task[str | None]"] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)

    async def connect(self, name: str, *, autocommit: bool = False) -> Connection:
        """Open a session."""
        connection = await psycopg.AsyncConnection.connect(
            f"{self.url}?application_name={name}", autocommit=autocommit
        )
        self.connections.append(connection)
        return connection

    async def idle_in_transaction(self, name: str, statement: str) -> Connection:
        """Open a session that runs a statement and leaves its transaction open."""
        connection = await self.connect(name)
        await connection.execute(statement.encode())
        return connection

    async def running(self, name: str, statement: str) -> Connection:
        """Open a session at a statement that takes long, or waits."""
        connection = await self.connect(name)
        self.run(connection, statement)
        return connection

    def run(self, connection: Connection, statement: str) -> "asyncio.Task[str | None]":
        """Run a statement without waiting; the task's result is the SQLSTATE it ended with."""
        task = asyncio.create_task(self._run(connection, statement))
        self.tasks.append(task)
        return task

    @staticmethod
    async def _run(connection: Connection, statement: str) -> str | None:
        """Return the SQLSTATE that the statement ended with, or None."""
        try:
            await connection.execute(statement.encode())
        except psycopg.Error as error:
            return error.sqlstate
        return None


@asynccontextmanager
async def application(database: FreshDatabase) -> AsyncIterator[Application]:
    """Make a role without privileges, and end its sessions and the role afterwards."""
    role = f"{database.name}_app"
    database.run(f"CREATE ROLE {role} LOGIN PASSWORD 'x'", f"GRANT ALL ON SCHEMA public TO {role}")
    app = Application(database.server.url(database.name, role, "x"), role)
    try:
        yield app
    finally:
        for task in app.tasks:
            task.cancel()
        await asyncio.gather(*app.tasks, return_exceptions=True)
        for connection in app.connections:
            await connection.close()
        database.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'",
            f"DROP OWNED BY {role} CASCADE",
            f"DROP ROLE {role}",
        )


async def waiting(database: FreshDatabase, count: int) -> None:
    """Return when that many sessions wait for a lock."""
    async with await psycopg.AsyncConnection.connect(database.url, autocommit=True) as watcher:
        for _ in range(200):
            cursor = await watcher.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            row = await cursor.fetchone()
            if row and row[0] == count:
                return
            await asyncio.sleep(0.02)
    raise AssertionError(f"there are not {count} sessions that wait")
