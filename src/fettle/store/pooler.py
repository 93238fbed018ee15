"""Whether a connection pooler stands before a server, and shares its sessions among clients."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import psycopg

Connection = psycopg.AsyncConnection[Any]

_PID = "SELECT pg_catalog.pg_backend_pid()"


async def shares_sessions(
    connection: Connection, another: Callable[[], AbstractAsyncContextManager[Connection]]
) -> bool:
    """Whether what is set on this session may be gone with the next transaction.

    A pooler gives its clients process ids of its own. In transaction mode it hands the server of
    an idle client to the next one: with a second client's transaction open, the first is served
    by another server than before.
    """
    before = await _pid(connection)
    if before == connection.info.backend_pid:
        return False
    async with another() as other, other.transaction():
        theirs = await _pid(other)
        return theirs == before or await _pid(connection) != before


async def _pid(connection: Connection) -> int:
    row = await (await connection.execute(_PID)).fetchone()
    return int(row[0]) if row else 0
