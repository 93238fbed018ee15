"""Silences."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from fettle.errors import NotFound, Refused
from fettle.model.silence import Comparison, Matcher, Silence
from fettle.store import statements
from fettle.store.statements import Connection, Row

State = Literal["pending", "active", "ended"]


async def create(connection: Connection, silence: Silence) -> None:
    """Keep a silence."""
    matchers = [
        {"name": matcher.name, "op": str(matcher.op), "value": matcher.value}
        for matcher in silence.matchers
    ]
    await statements.run(
        connection,
        "silences/create",
        id=silence.id,
        matchers=statements.json(matchers),
        comment=statements.storable(silence.comment),
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        created_by=silence.created_by,
        created_at=silence.created_at,
    )


async def active(connection: Connection, at: datetime) -> list[Silence]:
    """Return the silences that count at a moment."""
    return list(map(_silence, await statements.run(connection, "silences/active", at=at)))


async def listed(
    connection: Connection,
    states: Sequence[State],
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Silence]:
    """Return silences that are in one of these states now, the latest first.

    `after` is when the one that the last page ended with was made, and its id.
    """
    created_at, id_ = after or (None, None)
    rows = await statements.run(
        connection,
        "silences/list",
        states=list(states),
        now=now,
        after_created_at=created_at,
        after_id=id_,
        limit=limit,
    )
    return list(map(_silence, rows))


async def end(connection: Connection, id_: UUID, now: datetime) -> Silence:
    """End a silence now; raises NotFound, and Refused when it has ended already."""
    rows = await statements.run(connection, "silences/end", id=id_, now=now)
    if rows:
        return _silence(rows[0])
    known = await statements.run(connection, "silences/find", id=id_)
    if not known:
        raise NotFound(f"there is no silence {id_}", remedy="fettle silence list")
    raise Refused(f"it has ended already, at {known[0]['ends_at']:%Y-%m-%d %H:%M} UTC")


def _silence(row: Row) -> Silence:
    matchers = tuple(
        Matcher(one["name"], Comparison(one["op"]), one["value"]) for one in row["matchers"]
    )
    return Silence(**{**row, "matchers": matchers})
