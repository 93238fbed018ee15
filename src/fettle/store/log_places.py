"""How far the files of logs were read, and which process reads them on a machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fettle.store import statements
from fettle.store.statements import Connection


@dataclass(frozen=True)
class Place:
    """How far a file was read.

    `file` is its device and inode: they stay when it is renamed. `head` is the SHA-256 of its first
    `head_bytes`, so that another file in the same inode is told from it.
    """

    file: str
    path: str
    head: bytes
    head_bytes: int
    place: int
    read_at: datetime | None = None


@dataclass(frozen=True)
class Hold:
    """Whose it is to follow the files of a log on a machine."""

    source: int
    machine: str
    holder: UUID


async def hold(connection: Connection, wanted: Hold, now: datetime, until: datetime) -> bool | None:
    """Hold the files of a log, or go on holding them, and lock that in the caller's transaction.

    Returns whether nobody ever did before; None where somebody else does.
    """
    rows = await statements.run(connection, "logs/hold", **vars(wanted), now=now, until=until)
    return bool(rows[0]["first"]) if rows else None


async def let_go(connection: Connection, holder: UUID) -> None:
    """Let whoever comes next hold what one held."""
    await statements.run(connection, "logs/let_hold_go", holder=holder)


async def places(connection: Connection, of: Hold) -> list[Place]:
    """Return how far the files were read, the one that was read longest ago first."""
    rows = await statements.run(connection, "logs/places", source=of.source, machine=of.machine)
    return [Place(**row) for row in rows]


async def keep(
    connection: Connection, of: Hold, kept: Sequence[Place], gone: Sequence[str], now: datetime
) -> None:
    """Keep how far files were read, and forget those that are gone."""
    where = {"source": of.source, "machine": of.machine}
    await statements.run(
        connection,
        "logs/keep_places",
        **where,
        file=[one.file for one in kept],
        path=[statements.storable(one.path) for one in kept],
        head=[one.head for one in kept],
        head_bytes=[one.head_bytes for one in kept],
        place=[one.place for one in kept],
        now=now,
    )
    if gone:
        await statements.run(connection, "logs/forget_places", **where, file=list(gone))


async def followed(connection: Connection, paths: Sequence[str]) -> set[tuple[str, str]]:
    """Return which of these paths are followed, each with the device and inode that it had."""
    rows = await statements.run(connection, "logs/followed", paths=list(paths))
    return {(str(row["path"]), str(row["file"])) for row in rows}
