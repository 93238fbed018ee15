"""Whether a connection pooler stands before a server, and shares its sessions among clients."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import psycopg

Connection = psycopg.AsyncConnection[Any]

_PID = "SELECT pg_catalog.pg_backend_pid()"
_ASKED = 3
_PATIENCE = timedelta(seconds=3)


async def shares_sessions(
    connection: Connection,
    another: Callable[[], AbstractAsyncContextManager[Connection]],
    patience: timedelta = _PATIENCE,
) -> bool:
    """Whether what is set on this session may be gone with the next transaction.

    A pooler gives its clients process ids of its own. In transaction mode it hands the server of
    an idle client to the next one: with a second client's transaction open, the first is served
    by another server than before, or the second by the first one's. `connection` is in no
    transaction.
    """
    before = await _pid(connection)
    if before == connection.info.backend_pid:
        return False
    try:
        async with asyncio.timeout(patience.total_seconds()):
            async with another() as other, other.transaction():
                if await _pid(other) == before or await _changes(connection, before):
                    return True
            # A pooler that takes its servers in turn (server_round_robin) gives them back in turn.
            return await _changes(connection, before)
    except TimeoutError:
        # Every server is taken, ours too although we are idle: it is ours.
        return False
    except psycopg.errors.ProtocolViolation:
        return True  # one statement at a time: no transaction can be opened


async def _changes(connection: Connection, before: int) -> bool:
    for _ in range(_ASKED):
        if await _pid(connection) != before:
            return True
    return False


async def _pid(connection: Connection) -> int:
    row = await (await connection.execute(_PID)).fetchone()
    return int(row[0]) if row else 0
