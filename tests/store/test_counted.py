"""What is kept for figures is true: in an older store, of two who write at once, of what goes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from fettle.store.migrate import known, migrate
from fettle.store.statements import Connection
from tests.store.recounting import by_hand, compare
from tests.store.test_happened import happenings, write

SCHEMA = "fettle"
BEFORE = 21  # the last migration that kept nothing apart

NOTE = (
    "INSERT INTO timeline (issue, at, actor, event, text)"
    " VALUES (%s, now(), 'user:ada', 'note', 'seen')"
)
RESOLVE = "UPDATE issue SET status = 'resolved' WHERE number = %s"
BREACH = (
    "INSERT INTO clock_event (issue, clock, at, act) VALUES (%s, 'response', now(), 'breached')"
)
RETURN = "INSERT INTO link (issue, other, kind, actor) VALUES (%s, 2, 'recurrence', 'fettle')"
FORGET = "DELETE FROM link WHERE issue = %s AND other = 1"


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection[Any].connect(address, autocommit=True) as connection:
        await connection.execute(f"SET search_path = {SCHEMA}".encode())
        yield connection


async def fill(connection: Connection, number: int) -> None:
    for one in happenings(7, number):
        await write(connection, one)


async def test_a_store_of_before_is_counted_when_it_is_brought_up_to_date(address: str) -> None:
    async with connected(address) as connection:
        await migrate(connection, SCHEMA, [one for one in known() if one.number <= BEFORE])
        await fill(connection, 120)
        await migrate(connection, SCHEMA)
        assert len(await compare(connection)) == 120


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (NOTE, RESOLVE),
        (RESOLVE, NOTE),
        (NOTE, BREACH),
        (BREACH, NOTE),
        (BREACH, RESOLVE),
        (RETURN, FORGET),
        (FORGET, RETURN),
    ],
)
async def test_of_two_who_write_at_once_neither_is_forgotten(
    address: str, first: str, second: str
) -> None:
    async with connected(address) as one, connected(address) as other:
        await migrate(one, SCHEMA)
        await fill(one, 2)
        number = await _quiet(one)
        async with one.transaction():
            await one.execute(first.encode(), (number,))
            later = asyncio.create_task(other.execute(second.encode(), (number,)))
            await _waits(one, other)
        await later
        await compare(one)


async def _quiet(connection: Connection) -> int:
    """Make an issue that nothing is written about yet, but that it came back."""
    cursor = await connection.execute(
        "INSERT INTO issue (title, status, severity, priority, category, classification,"
        " milestones, opened_at, changed_at, calls_since) SELECT title, 'triaged', severity,"
        " priority, category, classification, milestones - 'acknowledged', opened_at, changed_at,"
        " calls_since FROM issue WHERE number = 1 RETURNING number"
    )
    ((number,),) = await cursor.fetchall()
    await connection.execute(
        "INSERT INTO link (issue, other, kind, actor) VALUES (%s, 1, 'recurrence', 'fettle')",
        (number,),
    )
    return int(number)


async def _waits(connection: Connection, other: Connection) -> None:
    """Wait until another connection waits for a lock."""
    pid = other.info.backend_pid
    async with asyncio.timeout(10):
        while True:
            cursor = await connection.execute("SELECT pg_blocking_pids(%s) <> '{}'", (pid,))
            if await cursor.fetchone() == (True,):
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("table", ["timeline", "clock_event", "link"])
async def test_what_is_let_go_of_counts_no_more(address: str, table: str) -> None:
    async with connected(address) as connection:
        await migrate(connection, SCHEMA)
        await fill(connection, 60)
        before = await by_hand(connection)
        await connection.execute(f"DELETE FROM {table} WHERE issue % 2 = 0".encode())
        assert await compare(connection) != before


async def test_what_is_linked_stays_as_it_was_said(address: str) -> None:
    async with connected(address) as connection:
        await migrate(connection, SCHEMA)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="link is append-only"):
            await connection.execute("UPDATE link SET kind = 'related'")
