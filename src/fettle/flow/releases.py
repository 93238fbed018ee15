"""What pipelines tell of releases: that there is one, what went into it, and that it went live.

A release is of the applications that it was announced for, or that sent errors of it. That it went
live is a deploy of each of them, as `fettle deploy mark` marks it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fettle.errors import NotFound
from fettle.flow import deploys
from fettle.flow.tend import Desk
from fettle.model.commit import Commit
from fettle.model.deploy import Deploy
from fettle.store import access, error_counts, releases
from fettle.store.releases import KnownRelease
from fettle.store.source_maps import Build
from fettle.store.statements import Connection
from fettle.triage.moves import By


@dataclass(frozen=True)
class WentLive:
    """That a release went live: when, and what is said of it."""

    at: datetime
    note: str = ""
    url: str | None = None


async def announce(connection: Connection, builds: Sequence[Build], by: By) -> None:
    """Keep a release of projects; one that is known keeps its place among them."""
    told = [(build.project, build.release, by.at) for build in builds if build.release]
    await error_counts.keep_releases(connection, told)


async def of_all(connection: Connection, release: str) -> list[KnownRelease]:
    """Return a release for each of its applications; raises NotFound."""
    found = await releases.find(connection, release)
    if not found:
        raise NotFound(
            f"no application has a release {release[:100]!r}",
            remedy="sentry-cli releases new RELEASE --project NAME",
        )
    return found


async def set_commits(
    connection: Connection,
    release: str,
    commits: Sequence[Commit],
    by: By,
    projects: Collection[UUID] = (),
) -> None:
    """Keep what went into a release, the latest first: of these projects, or of all that have it.

    Raises NotFound.
    """
    known = await of_all(connection, release)
    meant = [one for one in known if not projects or one.project in projects]
    for one in meant:
        await releases.keep_commits(connection, one.project, release, commits)
    names = ", ".join(one.name for one in meant)
    subject = f"{len(commits)} of release {release} of {names}"
    await access.write_audit(connection, by.actor, "set commits", subject, None, {})


async def deploy(
    connection: Connection, desk: Desk, release: str, live: WentLive, by: By
) -> list[Deploy]:
    """Mark that a release went live, of each of its applications; raises NotFound."""
    return [
        await deploys.mark(
            connection, desk, Deploy(known.name, release, live.at, by.actor, live.note, live.url)
        )
        for known in await of_all(connection, release)
    ]
