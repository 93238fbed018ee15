"""What is counted of applications' errors: keys, hours, tags, people, releases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from fettle.store import statements
from fettle.store.statements import Connection, storable

MOST_VALUES = 100  # of a tag of a key; what more there are is counted as one
MOST_TAGS = 60
MOST_PERSONS = 5000  # that are told apart by a key
_RELEASES = 500  # of a project that are compared with one another


@dataclass(frozen=True)
class KeyCounts:
    """What came to a key: how many events, between which moments, of which releases."""

    id: int
    number: int
    first_seen: datetime
    last_seen: datetime
    first_release: str | None
    last_release: str | None


async def count_keys(connection: Connection, counts: Sequence[KeyCounts]) -> None:
    """Add what came to keys."""
    rows = [
        {
            **asdict(one),
            "first_seen": one.first_seen.isoformat(),
            "last_seen": one.last_seen.isoformat(),
        }
        for one in counts
    ]
    await statements.run(connection, "errors/count_keys", keys=statements.json(rows))


async def count_hours(connection: Connection, counts: Mapping[tuple[int, datetime], int]) -> None:
    """Add to the counts of hours, by key and hour."""
    await statements.run(
        connection,
        "errors/count_hours",
        key=[key for key, _ in counts],
        hour=[hour for _, hour in counts],
        number=list(counts.values()),
    )


async def count_tags(connection: Connection, counts: Mapping[tuple[int, str, str], int]) -> None:
    """Add to the counts of tags, by key, tag and value."""
    if counts:
        await statements.run(
            connection,
            "errors/count_tags",
            key=[key for key, _, _ in counts],
            tag=[storable(tag) for _, tag, _ in counts],
            value=[storable(value) for _, _, value in counts],
            number=list(counts.values()),
            most_tags=MOST_TAGS,
            most_values=MOST_VALUES,
        )


async def count_persons(connection: Connection, persons: Iterable[tuple[int, bytes]]) -> None:
    """Note whose work was broken, by key."""
    noted = sorted(set(persons))
    if noted:
        await statements.run(
            connection,
            "errors/count_persons",
            key=[key for key, _ in noted],
            person=[person for _, person in noted],
            most=MOST_PERSONS,
        )


async def keep_releases(
    connection: Connection, releases: Iterable[tuple[UUID, str, datetime]]
) -> None:
    """Keep releases, in the order in which they came; those that are known stay as they are."""
    found = list(releases)
    if found:
        await statements.run(
            connection,
            "errors/keep_releases",
            project=[project for project, _, _ in found],
            release=[storable(release) for _, release, _ in found],
            first_seen=[at for _, _, at in found],
        )


async def releases(connection: Connection, projects: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return the latest releases of projects, in the order in which they came."""
    rows = await statements.run(
        connection, "errors/releases", projects=sorted(set(projects)), limit=_RELEASES
    )
    found: dict[UUID, list[str]] = {}
    for row in rows:
        found.setdefault(row["project"], []).append(row["release"])
    return {project: tuple(names) for project, names in found.items()}
