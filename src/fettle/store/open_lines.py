"""Lines of traces that may go on: kept until more of them come, or nobody has gone on with them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fettle.store import statements
from fettle.store.statements import Connection


@dataclass(frozen=True)
class Open:
    """Lines of a trace, scrubbed, that may go on with the next ones that are sent.

    `at` is when the first of them came.
    """

    id: UUID
    lines: str
    at: datetime


@dataclass(frozen=True)
class Overdue:
    """Lines of a trace that nobody has gone on with; of which log, and when they came."""

    source: int
    name: str
    lines: str
    at: datetime


async def open_of(connection: Connection, name: str) -> Open | None:
    """Return the latest lines of a trace that may go on in a log; None where there are none."""
    rows = await statements.run(connection, "logs/open", name=statements.storable(name))
    return Open(**rows[0]) if rows else None


async def close(connection: Connection, id_: UUID) -> bool:
    """Take lines that are gone on from; whether nobody else has."""
    return bool(await statements.run(connection, "logs/close", id=id_))


async def keep_open(connection: Connection, source: int, open_: Open) -> None:
    """Keep lines of a trace that may go on."""
    lines = statements.storable(open_.lines)
    await statements.run(
        connection, "logs/keep_open", id=open_.id, source=source, lines=lines, at=open_.at
    )


async def overdue(connection: Connection, before: datetime) -> list[Overdue]:
    """Take the traces that nobody has gone on with since a moment."""
    rows = await statements.run(connection, "logs/overdue", before=before)
    return [Overdue(**row) for row in rows]
