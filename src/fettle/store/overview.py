"""What the overview shows: what burns, how much there is, and what Fettle did by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fettle.model.issue import Issue, Status
from fettle.model.severity import Severity
from fettle.store import issues, statements
from fettle.store.statements import Connection


@dataclass(frozen=True)
class Count:
    """How many issues of a priority are open, and how many of them nobody has taken."""

    open: int
    untaken: int


@dataclass(frozen=True)
class Deed:
    """Something that Fettle did by itself about an issue."""

    issue: int
    at: datetime
    event: str
    text: str


@dataclass(frozen=True)
class Looked:
    """A target that is looked at by itself; `missed` looks in a row could see nothing of it."""

    name: str
    kind: str
    looked_at: datetime
    missed: int
    status: str | None
    firing: int


@dataclass(frozen=True)
class Trouble:
    """A worse trouble of a service; `over` is None while it goes on."""

    service: str
    severity: Severity
    status: Status
    started: datetime
    over: datetime | None


async def troubles(
    connection: Connection, services: Sequence[str], worse: Severity, since: datetime
) -> list[Trouble]:
    """Return what troubled services at least so much since a moment, the latest first."""
    rows = await statements.run(
        connection,
        "overview/troubles",
        services=list(services),
        severity=int(worse),
        since=since,
    )
    return [
        Trouble(
            row["service"],
            Severity(row["severity"]),
            Status(row["status"]),
            row["started"],
            row["over"],
        )
        for row in rows
    ]


async def burning(connection: Connection, limit: int) -> list[Issue]:
    """Return the open issues that matter most."""
    rows = await statements.run(connection, "overview/burning", limit=limit)
    return [issues.read(row) for row in rows]


async def counts(connection: Connection) -> Mapping[str, Count]:
    """Return how many issues are open, by priority."""
    rows = await statements.run(connection, "overview/counts")
    return {row["priority"]: Count(row["open"], row["untaken"]) for row in rows}


async def to_review(connection: Connection) -> int:
    """Return how many issues are over and wait for their review or their close."""
    (row,) = await statements.run(connection, "overview/to_review")
    return int(row["many"])


async def by_itself(connection: Connection, limit: int) -> list[Deed]:
    """Return what Fettle did by itself, the latest first."""
    return [
        Deed(**row) for row in await statements.run(connection, "overview/by_itself", limit=limit)
    ]


async def watched(connection: Connection) -> list[Looked]:
    """Return what Fettle looks at by itself, by name."""
    return [Looked(**row) for row in await statements.run(connection, "overview/watched")]
