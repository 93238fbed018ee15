"""What looking at databases came to, as it was saved: the latest of each, and those before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fettle.errors import NotFound
from fettle.store import statements
from fettle.store.statements import Connection, Row


@dataclass(frozen=True)
class Saved:
    """A `fettle.check/1` document; `schedule` is None for one that a person saved."""

    id: int
    target: str
    started_at: datetime
    schedule: str | None
    document: dict[str, Any]


@dataclass(frozen=True)
class Past:
    """What one look came to, in short."""

    id: int
    started_at: datetime
    schedule: str | None
    status: str
    findings: int
    unknown: int


async def latest(connection: Connection) -> list[Saved]:
    """Return the latest diagnosis of each database, by name."""
    return [Saved(**row) for row in await statements.run(connection, "databases/latest")]


async def history(connection: Connection, target: str, limit: int) -> list[Past]:
    """Return what looks at a database came to, the latest first."""
    rows = await statements.run(
        connection, "databases/history", target=statements.storable(target), limit=limit
    )
    return [Past(**row) for row in rows]


async def one(connection: Connection, target: str, id_: int | None) -> tuple[Saved, Saved | None]:
    """Return a diagnosis (the latest where none is named), and the one before it.

    Raises NotFound.
    """
    rows: Sequence[Row] = await statements.run(
        connection, "databases/one", target=statements.storable(target), id=id_
    )
    if not rows or id_ not in (None, rows[0]["id"]):
        raise NotFound(
            f"nothing was saved of {target}", remedy=f"fettle check {target} --save looks at it"
        )
    found = [Saved(**row) for row in rows]
    return found[0], found[1] if len(found) > 1 else None
