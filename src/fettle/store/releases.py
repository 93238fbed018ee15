"""Releases of applications, and the commits that went into them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fettle.model.commit import Commit
from fettle.store import statements
from fettle.store.statements import Connection, storable

_RELEASES = 100  # of a project, whose commits are kept


@dataclass(frozen=True)
class KnownRelease:
    """A release of a project, and when it was first heard of."""

    project: UUID
    name: str
    release: str
    first_seen: datetime


async def find(connection: Connection, release: str) -> list[KnownRelease]:
    """Return a release, for each project that knows it."""
    rows = await statements.run(connection, "releases/find", release=storable(release))
    return [KnownRelease(**row) for row in rows]


async def listed(connection: Connection, project: UUID, limit: int) -> list[KnownRelease]:
    """Return the releases of a project, the latest first."""
    rows = await statements.run(connection, "releases/list", project=project, limit=limit)
    return [KnownRelease(**row) for row in rows]


async def keep_commits(
    connection: Connection, project: UUID, release: str, commits: Sequence[Commit]
) -> None:
    """Keep the commits of a release, the latest first, in place of those that it had."""
    which = {"project": project, "release": storable(release)}
    rows = [
        {
            "place": place,
            "id": storable(one.id),
            "author": storable(one.author),
            "at": one.at and one.at.isoformat(),
            "message": storable(one.message),
            "files": [storable(file) for file in one.files],
        }
        for place, one in enumerate(commits)
    ]
    await statements.run(connection, "releases/forget_commits", **which, releases=_RELEASES - 1)
    await statements.run(
        connection, "releases/keep_commits", **which, commits=statements.json(rows)
    )


async def commits_of(
    connection: Connection, project: UUID, releases: Sequence[str]
) -> list[Commit]:
    """Return the commits that went into releases, the latest first."""
    rows = await statements.run(
        connection, "releases/commits_of", project=project, releases=list(releases)
    )
    return [Commit(**{**row, "files": tuple(row["files"])}) for row in rows]


async def before(connection: Connection, release: str) -> tuple[str, str] | None:
    """Return the release with commits before one, and its latest commit; None where none is."""
    rows = await statements.run(connection, "releases/before", release=storable(release))
    return (rows[0]["release"], rows[0]["id"]) if rows else None
