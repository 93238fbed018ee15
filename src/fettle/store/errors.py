"""Applications' errors: the events as they came, and the groups that they are of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_jsonable_python

from fettle.model.error_event import ErrorEvent, ErrorLevel
from fettle.model.error_group import ErrorGroup, GroupKey, GroupState, Muting, Resolution
from fettle.store import statements
from fettle.store.pool import Pool
from fettle.store.statements import Connection, Row, storable
from fettle.store.together import Together

_LOOKED_AT = 500

_EVENT = TypeAdapter(ErrorEvent)
_RESOLUTION = TypeAdapter(Resolution)
_MUTING = TypeAdapter(Muting)

PlacedKey = tuple[UUID, str, int]


@dataclass(frozen=True)
class Happened:
    """An event as it is kept: of which project, when it came, and what it is, scrubbed, as JSON."""

    project: UUID
    event_id: UUID
    received_at: datetime
    at: datetime
    release: str | None
    environment: str | None
    body: str


@dataclass(frozen=True)
class Waiting:
    """An event that is of no group yet."""

    id: int
    project: UUID
    project_name: str
    received_at: datetime
    body: str


@dataclass(frozen=True)
class KnownKey:
    """A key that is kept, and the group that it is of."""

    id: int
    group: int


@dataclass(frozen=True)
class HeldKey:
    """A key that is locked, the group that it made, and what came to it."""

    id: int
    group: int
    origin: int
    events: int
    first_seen: datetime
    last_seen: datetime
    first_release: str | None
    last_release: str | None


@dataclass(frozen=True)
class NewKey:
    """A key to be kept, with the group that it makes; whether maps could say more of its events."""

    project: UUID
    key: GroupKey
    group: int
    first_seen: datetime
    wants_maps: bool = False


@dataclass(frozen=True)
class KnownNear:
    """A known error that fitted a group when it was new, and how sure that was."""

    id: str
    confidence: float


@dataclass(frozen=True)
class Settled:
    """What became of an event: the key that it is of, or why it is of none."""

    id: int
    key: int | None = None
    dead: str | None = None


@dataclass
class Grown:
    """How many events of a group came in each hour; of those before `known_from` nobody knows."""

    known_from: datetime | None
    hours: dict[datetime, int] = field(default_factory=dict)


class Events(Together[Sequence[Happened]]):
    """Keeps events: one commit, and one sync of the disk, for all that arrive at once."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool, _keep_all, _size, "errors")


def _size(happened: Sequence[Happened]) -> int:
    return sum(len(one.body) for one in happened)


async def _keep_all(connection: Connection, groups: Sequence[Sequence[Happened]]) -> None:
    await keep(connection, [one for group in groups for one in group])


def happened(project: UUID, received_at: datetime, event: ErrorEvent) -> Happened:
    """Return an event as it is kept."""
    return Happened(
        project,
        event.id,
        received_at,
        event.at,
        event.release and storable(event.release),
        event.environment and storable(event.environment),
        written(event),
    )


def written(event: ErrorEvent) -> str:
    """Return an event as JSON, without what nobody has said."""
    try:
        return _EVENT.dump_json(event, exclude_defaults=True).decode()
    except PydanticSerializationError:  # half of a surrogate pair
        document = _EVENT.dump_python(event, exclude_defaults=True)
        plain = to_jsonable_python(_storable(document))
        return statements.written(plain).decode()


def read(body: str) -> ErrorEvent:
    """Return an event that was kept."""
    return _EVENT.validate_json(body)


def _storable(value: Any) -> Any:  # noqa: ANN401 - whatever an event holds
    if isinstance(value, str):
        return storable(str(value))
    if isinstance(value, Mapping):
        return {storable(str(key)): _storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(part) for part in value]
    return value


async def keep(connection: Connection, happened: Sequence[Happened]) -> int:
    """Keep events, all or none, and wake whoever takes them; return how many were new."""
    events = [
        {
            "project": str(one.project),
            "event_id": str(one.event_id),
            "received_at": one.received_at.isoformat(),
            "at": one.at.isoformat(),
            "release": one.release,
            "environment": one.environment,
        }
        for one in happened
    ]
    bodies = [one.body for one in happened]
    (row,) = await statements.run(
        connection, "errors/keep_events", events=statements.json(events), bodies=bodies
    )
    return int(row["number"])


async def waiting(
    connection: Connection, limit: int, most_bytes: int, now: datetime
) -> list[Waiting]:
    """Return the oldest events that wait: at most `limit`, and `most_bytes` together."""
    rows = await statements.run(
        connection, "errors/waiting_events", limit=limit, bytes=most_bytes, now=now
    )
    return [Waiting(**row) for row in rows]


async def known_keys(
    connection: Connection, keys: Iterable[PlacedKey]
) -> dict[PlacedKey, KnownKey]:
    """Return those of some keys that are known; they are moved by nobody before the end."""
    wanted = sorted(set(keys))
    rows = await statements.run(
        connection,
        "errors/known_keys",
        project=[project for project, _, _ in wanted],
        key=[key for _, key, _ in wanted],
        key_version=[version for _, _, version in wanted],
    )
    return {
        (row["project"], row["key"], row["key_version"]): KnownKey(row["id"], row["error_group"])
        for row in rows
    }


async def to_change(connection: Connection, ids: Iterable[int]) -> dict[int, ErrorGroup]:
    """Return groups by their ids; nobody else changes them before the transaction ends."""
    rows = await statements.run(connection, "errors/lock_groups", ids=sorted(set(ids)))
    return {row["id"]: group_of(row) for row in rows}


async def lock_keys(connection: Connection, groups: Iterable[int]) -> list[HeldKey]:
    """Return the keys of groups; it is done before their groups are locked."""
    rows = await statements.run(connection, "errors/lock_keys", groups=sorted(set(groups)))
    return [HeldKey(row.pop("id"), row.pop("error_group"), **row) for row in rows]


async def move_keys(connection: Connection, keys: Sequence[int], group: int) -> None:
    """Let keys belong to another group."""
    await statements.run(connection, "errors/move_keys", keys=list(keys), group=group)


async def merge_into(connection: Connection, ids: Sequence[int], into: int | None) -> None:
    """Say where groups were merged into; None: they stand by themselves again."""
    await statements.run(connection, "errors/merge_into", ids=list(ids), into=into)


async def merged_below(connection: Connection, group: int) -> dict[int, int]:
    """Return the groups that are a part of one by now, each with what it was merged into."""
    rows = await statements.run(connection, "errors/merged_below", id=group)
    return {row["id"]: row["merged_into"] for row in rows}


async def own_keys(connection: Connection, keys: Sequence[int], group: int) -> None:
    """Let keys be a group's own: to take back that it was merged takes them along."""
    await statements.run(connection, "errors/own_keys", keys=list(keys), group=group)


async def latest_of_keys(connection: Connection, keys: Sequence[int]) -> ErrorEvent | None:
    """Return the latest event of some keys; None where none is kept."""
    rows = await statements.run(connection, "errors/latest_of_keys", keys=list(keys))
    return read(rows[0]["body"]) if rows else None


async def resolved_by_deploy(connection: Connection, projects: Sequence[str]) -> list[int]:
    """Return the groups of projects that wait to be resolved by a deploy."""
    rows = await statements.run(connection, "errors/resolved_by_deploy", names=list(projects))
    return [row["id"] for row in rows]


async def insert_groups(
    connection: Connection, groups: Sequence[tuple[ErrorGroup, Sequence[KnownNear]]]
) -> list[int]:
    """Keep new groups with the known errors that fit them; return their ids in this order."""
    if not groups:
        return []
    rows = [
        {"place": place, **_row(group), "known": [asdict(one) for one in known]}
        for place, (group, known) in enumerate(groups)
    ]
    found = await statements.run(connection, "errors/insert_groups", groups=statements.json(rows))
    return sorted(row["id"] for row in found)


async def update_groups(connection: Connection, groups: Sequence[ErrorGroup]) -> None:
    """Keep groups as they stand now."""
    if groups:
        rows = statements.json([_row(group) for group in groups])
        await statements.run(connection, "errors/update_groups", groups=rows)


async def insert_keys(connection: Connection, keys: Sequence[NewKey]) -> list[int]:
    """Keep new keys; return their ids in this order."""
    if not keys:
        return []
    rows = [
        {
            "place": place,
            "project": str(one.project),
            "key": one.key.key,
            "key_version": one.key.version,
            "why": list(one.key.why),
            "error_group": one.group,
            "first_seen": one.first_seen.isoformat(),
            "wants_maps": one.wants_maps,
        }
        for place, one in enumerate(keys)
    ]
    found = await statements.run(connection, "errors/insert_keys", keys=statements.json(rows))
    return sorted(row["id"] for row in found)


async def settle(connection: Connection, settled: Sequence[Settled]) -> None:
    """Say what became of events."""
    await statements.run(
        connection,
        "errors/settle_events",
        id=[one.id for one in settled],
        key=[one.key for one in settled],
        dead=[one.dead and storable(one.dead) for one in settled],
    )


async def grown(
    connection: Connection, active_since: datetime, since: datetime, after: int
) -> dict[int, Grown]:
    """Return groups to be looked at, with how many events came in each hour since a moment."""
    rows = await statements.run(
        connection,
        "errors/grown",
        active_since=active_since,
        since=since,
        after=after,
        limit=_LOOKED_AT,
    )
    found: dict[int, Grown] = {}
    for row in rows:
        grown = found.setdefault(row["id"], Grown(row["known_from"]))
        if row["hour"] is not None:
            grown.hours[row["hour"]] = row["number"]
    return found


async def project_names(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return what projects are called."""
    rows = await statements.run(connection, "errors/project_names", ids=sorted(set(ids)))
    return {row["id"]: row["name"] for row in rows}


def group_of(row: Row) -> ErrorGroup:
    """Return a group as a row holds it."""
    resolution, muting = row["resolution"], row["muting"]
    return ErrorGroup(
        row["id"],
        row["project"],
        row["title"],
        row["culprit"],
        ErrorLevel(row["level"]),
        GroupState(row["state"]),
        row["events"],
        row["first_seen"],
        row["last_seen"],
        row["first_release"],
        row["last_release"],
        None if resolution is None else _RESOLUTION.validate_python(resolution),
        None if muting is None else _MUTING.validate_python(muting),
        row["version"],
    )


def _row(group: ErrorGroup) -> dict[str, object]:
    resolution, muting = group.resolution, group.muting
    return {
        **vars(group),
        "project": str(group.project),
        "level": str(group.level),
        "state": str(group.state),
        "first_seen": group.first_seen.isoformat(),
        "last_seen": group.last_seen.isoformat(),
        "resolution": resolution and _RESOLUTION.dump_python(resolution, mode="json"),
        "muting": muting and _MUTING.dump_python(muting, mode="json"),
    }
