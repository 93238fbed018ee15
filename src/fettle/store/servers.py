"""Where the servers of a store are reached."""

from datetime import datetime

from fettle.store import statements
from fettle.store.statements import Connection


async def started(connection: Connection, url: str, at: datetime) -> None:
    """Note that a server has started, and where people reach it."""
    await statements.run(connection, "servers/start", url=url, at=at)


async def latest(connection: Connection) -> str | None:
    """Return where the server that started last is reached, None when none ever has."""
    rows = await statements.run(connection, "servers/latest")
    return str(rows[0]["url"]) if rows else None
