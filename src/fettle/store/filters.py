"""Filters that somebody has kept of a page: a name, and the query string that it stands for."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from fettle.errors import NotFound, Refused
from fettle.store import statements
from fettle.store.statements import Connection

MOST = 100  # that one keeps: more are a list that nobody reads
_MOST_SHOWN = 1000


@dataclass(frozen=True)
class Filter:
    """A filter of a page (`/issues`); everybody sees it where it is shared."""

    id: UUID
    owner: str
    page: str
    name: str
    query: str
    shared: bool
    created_at: datetime


async def keep(connection: Connection, given: Filter) -> Filter:
    """Keep a filter; raises Refused where its owner has one of that name, or too many."""
    (row,) = await statements.run(connection, "filters/count", owner=given.owner)
    if row["kept"] >= MOST:
        raise Refused(f"{given.owner} keeps {MOST} filters already", remedy="delete one of them")
    plain = _storable(given)
    _refuse_second(
        plain,
        await statements.run(
            connection,
            "filters/keep",
            id=plain.id,
            owner=plain.owner,
            page=plain.page,
            name=plain.name,
            sought=plain.query,
            shared=plain.shared,
            now=plain.created_at,
        ),
    )
    return plain


async def listed(connection: Connection, owner: str, page: str) -> list[Filter]:
    """Return the filters of a page that somebody sees, by name."""
    rows = await statements.run(
        connection, "filters/listed", owner=owner, page=page, limit=_MOST_SHOWN
    )
    return [Filter(**row) for row in rows]


async def locked(connection: Connection, id_: UUID) -> Filter:
    """Return a filter that nobody else changes meanwhile; raises NotFound."""
    rows = await statements.run(connection, "filters/locked", id=id_)
    if not rows:
        raise NotFound("there is no such filter", remedy="somebody may have deleted it")
    return Filter(**rows[0])


async def change(connection: Connection, changed: Filter) -> Filter:
    """Keep a filter as it is now; raises Refused where its owner has another of that name."""
    plain = _storable(changed)
    _refuse_second(
        plain,
        await statements.run(
            connection,
            "filters/change",
            id=plain.id,
            name=plain.name,
            sought=plain.query,
            shared=plain.shared,
        ),
    )
    return plain


async def forget(connection: Connection, id_: UUID) -> None:
    """Forget a filter."""
    await statements.run(connection, "filters/forget", id=id_)


def _storable(given: Filter) -> Filter:
    name, query = statements.storable(given.name), statements.storable(given.query)
    return replace(given, name=name, query=query)


def _refuse_second(given: Filter, rows: list[statements.Row]) -> None:
    if not rows:
        raise Refused(
            f"there is a filter called {given.name} already",
            remedy="choose another name, or delete that one",
        )
