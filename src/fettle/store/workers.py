"""The table of those who work."""

from datetime import datetime, timedelta
from uuid import UUID

from fettle.model.run import WorkerRecord
from fettle.store import statements
from fettle.store.statements import Connection


async def beat(
    connection: Connection, id_: UUID, host: str, labels: tuple[str, ...], version: str
) -> datetime:
    """Show that a worker lives; return when it did, by the clock of the store."""
    rows = await statements.run(
        connection, "engine/beat", id=id_, host=host, labels=list(labels), version=version
    )
    seen_at: datetime = rows[0]["seen_at"]
    return seen_at


async def leave(connection: Connection, id_: UUID) -> None:
    """Say that a worker works no more."""
    await statements.run(connection, "engine/leave", id=id_)


async def forget(connection: Connection, after: timedelta) -> None:
    """Remove workers without a sign of life for so long."""
    await statements.run(connection, "engine/forget_workers", after=after)


async def listed(connection: Connection) -> list[WorkerRecord]:
    """Return those who work, and those whose last sign of life is not long ago."""
    rows = await statements.run(connection, "engine/workers")
    return [WorkerRecord(**{**row, "labels": tuple(row["labels"])}) for row in rows]


async def lives(connection: Connection, within: timedelta) -> bool:
    """Whether a worker has shown life within that time."""
    return bool(await statements.run(connection, "engine/lives", within=within))


async def carries(connection: Connection, label: str, within: timedelta) -> bool:
    """Whether a worker that carries a label has shown life within that time."""
    return bool(await statements.run(connection, "engine/carries", label=label, within=within))
