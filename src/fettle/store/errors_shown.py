"""Applications' errors as they are listed and shown; `store.errors` is how they come there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fettle.model.error_event import ErrorEvent
from fettle.model.error_group import ErrorGroup, GroupState
from fettle.store import errors, statements
from fettle.store.errors import KnownNear
from fettle.store.statements import Connection, Row


@dataclass(frozen=True)
class Wanted:
    """Which groups: in any of these states (all where none is named), of a project, by its text.

    `after` is when the last one of the page before was seen, and its id.
    """

    states: tuple[GroupState, ...] = ()
    project: str | None = None
    text: str | None = None
    after: tuple[datetime, int] | None = None


@dataclass(frozen=True)
class Shown:
    """A group, the name of its project, and the known errors that fitted when it was new."""

    group: ErrorGroup
    project: str
    known: tuple[KnownNear, ...]
    persons: int = 0


@dataclass(frozen=True)
class ShownKey:
    """A key of a group: why its events were joined, and the group that it made.

    `reads_as` is the key that its events have come to since `read_at`, when their maps were here.
    """

    id: int
    key: str
    key_version: int
    why: list[str]
    origin: int
    events: int
    first_seen: datetime
    last_seen: datetime
    reads_as: int | None
    read_at: datetime | None


@dataclass(frozen=True)
class TagValue:
    """A value of a tag, how many events had it, and how many had any; '' is all the others."""

    tag: str
    value: str
    number: int
    total: int


@dataclass(frozen=True)
class ShownRelease:
    """A release, when the project had it first, and how many of a group's events were of it."""

    release: str
    first_seen: datetime
    number: int


@dataclass(frozen=True)
class ShownEvent:
    """An event in a list."""

    id: int
    event_id: UUID
    received_at: datetime
    at: datetime
    release: str | None
    environment: str | None


@dataclass(frozen=True)
class WholeEvent:
    """An event, with those before and after it in its group."""

    id: int
    received_at: datetime
    event: ErrorEvent
    earlier: UUID | None
    later: UUID | None


async def listed(connection: Connection, wanted: Wanted, limit: int) -> list[Shown]:
    """Return groups, the one that was seen last first."""
    last_seen, id_ = wanted.after or (None, None)
    rows = await statements.run_planned(
        connection,
        "errors/list_groups",
        states=list(map(str, wanted.states)) or None,
        project=wanted.project and statements.storable(wanted.project),
        text=wanted.text and statements.storable(wanted.text),
        last_seen=last_seen,
        id=id_,
        limit=limit,
    )
    return await _shown(connection, rows)


async def find(connection: Connection, id_: int) -> Shown | None:
    """Return a group, or what it was merged into; None where there is none."""
    rows = await statements.run(connection, "errors/find_group", id=id_)
    found = await _shown(connection, rows)
    return found[0] if found else None


async def _shown(connection: Connection, rows: Sequence[Row]) -> list[Shown]:
    number = await persons_of(connection, [row["id"] for row in rows])
    return [
        Shown(
            errors.group_of(row),
            row["name"],
            tuple(KnownNear(**one) for one in row["known"]),
            number.get(row["id"], 0),
        )
        for row in rows
    ]


async def persons_of(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Return how many people's work was broken by groups, of those that broke any."""
    if not ids:
        return {}
    rows = await statements.run(connection, "errors/persons_of", ids=list(ids))
    return {row["id"]: row["number"] for row in rows}


async def keys_of(connection: Connection, id_: int, limit: int = 100) -> list[ShownKey]:
    """Return the keys of a group, those by which most of its events came first."""
    rows = await statements.run(connection, "errors/keys_of", id=id_, limit=limit)
    return [ShownKey(**row) for row in rows]


async def hours_of(connection: Connection, id_: int, since: datetime) -> list[tuple[datetime, int]]:
    """Return how many events of a group came in each hour that had any."""
    rows = await statements.run(connection, "errors/hours_of", id=id_, since=since)
    return [(row["hour"], row["number"]) for row in rows]


async def days_of(
    connection: Connection, ids: Sequence[int], since: datetime
) -> dict[int, dict[date, int]]:
    """Return how many events of each group came on each day of UTC that had any."""
    found: dict[int, dict[date, int]] = {id_: {} for id_ in ids}
    for row in await statements.run(connection, "errors/days_of", ids=list(ids), since=since):
        found[row["id"]][row["day"]] = row["number"]
    return found


async def projects(connection: Connection) -> list[str]:
    """Return the names of the applications that have sent errors."""
    return [row["name"] for row in await statements.run(connection, "errors/projects")]


async def tags_of(connection: Connection, id_: int, most: int = 10) -> list[TagValue]:
    """Return the tags of a group, each with its most frequent values."""
    rows = await statements.run(connection, "errors/tags_of", id=id_, most=most)
    return [TagValue(**row) for row in rows]


async def releases_of(
    connection: Connection, group: ErrorGroup, limit: int = 50
) -> list[ShownRelease]:
    """Return the releases of a group's events, the latest first."""
    rows = await statements.run(
        connection, "errors/releases_of", id=group.id, project=group.project, limit=limit
    )
    return [ShownRelease(**row) for row in rows]


async def events_of(
    connection: Connection, group: int, before: int | None, limit: int
) -> list[ShownEvent]:
    """Return the events of a group that are kept, the latest first."""
    rows = await statements.run_planned(
        connection, "errors/events_of", group=group, before=before, limit=limit
    )
    return [ShownEvent(**row) for row in rows]


async def find_event(
    connection: Connection, group: ErrorGroup, event_id: UUID
) -> WholeEvent | None:
    """Return an event of a group; None where it is none of its own, or is kept no more."""
    rows = await statements.run(
        connection, "errors/find_event", group=group.id, project=group.project, event_id=event_id
    )
    for row in rows:
        event = errors.read(row["body"])
        return WholeEvent(row["id"], row["received_at"], event, row["earlier"], row["later"])
    return None


async def issue_of(connection: Connection, source: str, key: str) -> int | None:
    """Return the number of the issue that an alert became; None where it became none."""
    rows = await statements.run(connection, "errors/issue_of", source=source, key=key)
    return int(rows[0]["number"]) if rows else None
