"""Keys of applications' errors that are read again, because the source maps of their build came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fettle.store import statements
from fettle.store.errors import KnownKey, PlacedKey
from fettle.store.statements import Connection

# Of a key its latest events are read, some of each of their releases.
_LATEST, _OF_RELEASE, _MOST = 500, 5, 20


@dataclass(frozen=True)
class Unread:
    """A key that maps could say more of, with some of its events as JSON, the latest first."""

    id: int
    place: PlacedKey
    group: int
    first_seen: datetime
    bodies: tuple[str, ...]


async def any_unread(connection: Connection, project: UUID) -> bool:
    """Whether maps could say more of any error of a project."""
    return bool(await statements.run(connection, "rereading/any_unread", project=project))


async def unread(connection: Connection, project: UUID, after: int, limit: int) -> list[Unread]:
    """Return keys that maps could say more of, those after one of them."""
    rows = await statements.run(
        connection,
        "rereading/unread_keys",
        project=project,
        after=after,
        limit=limit,
        latest=_LATEST,
        of_release=_OF_RELEASE,
        most=_MOST,
    )
    return [
        Unread(
            row["id"],
            (project, row["key"], row["key_version"]),
            row["error_group"],
            row["first_seen"],
            tuple(row["bodies"]),
        )
        for row in rows
    ]


async def placed(connection: Connection, keys: Sequence[PlacedKey]) -> dict[PlacedKey, KnownKey]:
    """Return those of some keys that are known, as they are at this moment."""
    rows = await statements.run(
        connection,
        "rereading/placed",
        project=[project for project, _, _ in keys],
        key=[key for _, key, _ in keys],
        key_version=[version for _, _, version in keys],
    )
    return {
        (row["project"], row["key"], row["key_version"]): KnownKey(row["id"], row["error_group"])
        for row in rows
    }


async def note_read(
    connection: Connection, keys: Sequence[int], at: datetime, *, reads_as: int | None = None
) -> None:
    """Note that keys were read and want no more maps: what they read as, where that is another."""
    await statements.run(connection, "rereading/read", keys=list(keys), at=at, reads_as=reads_as)


async def hold(connection: Connection, project: UUID, now: datetime, until: datetime) -> None:
    """Let a project's new events wait, at most until a moment, unless they wait already."""
    await statements.run(connection, "rereading/hold", project=project, now=now, until=until)


async def go_on(connection: Connection, project: UUID, until: datetime) -> None:
    """Let them wait no more, unless somebody has let them wait for longer."""
    await statements.run(connection, "rereading/go_on", project=project, until=until)


async def with_issue(connection: Connection, source: str, groups: Sequence[int]) -> set[int]:
    """Return the groups whose issue is being worked on."""
    keys = [str(group) for group in groups]
    rows = await statements.run(connection, "rereading/with_issue", source=source, keys=keys)
    return {int(row["key"]) for row in rows}
