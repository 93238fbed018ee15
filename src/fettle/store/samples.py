"""What looks at targets measured, and how they went: tables by time, and what is read of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fettle.store import statements
from fettle.store.statements import Connection

FIVE_MINUTES = timedelta(minutes=5)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Took:
    """How a look at a target went; `worst` is what is worst of it in its own words."""

    target: int
    at: datetime
    schedule: str
    status: str
    findings: int
    unknown: int
    took_s: float
    worst: str | None = None


@dataclass(frozen=True)
class Sample:
    """A figure that a look measured; `subject` is empty for one of the whole target."""

    metric: str
    subject: str
    value: float


@dataclass(frozen=True)
class Series:
    """A figure of a target, and the latest of it."""

    id: int
    metric: str
    subject: str
    latest: float
    latest_at: datetime
    first_at: datetime


@dataclass(frozen=True)
class Span:
    """A time, and how long each step of it is that is summed up."""

    since: datetime
    until: datetime
    step: timedelta

    @property
    def by_hours(self) -> bool:
        """Whether samples of hours are enough for it."""
        return self.step >= HOUR


@dataclass(frozen=True)
class Line:
    """What was measured of a figure, step by step; a step without a sample is none.

    `at` are Unix seconds, `number` how many looks measured it.
    """

    at: Sequence[int]
    least: Sequence[float]
    mean: Sequence[float]
    most: Sequence[float]
    number: Sequence[int]


@dataclass(frozen=True)
class Beats:
    """How the latest looks at a target went, the first of them first."""

    status: Sequence[str]
    at: Sequence[datetime]


@dataclass(frozen=True)
class Day:
    """How many looks of a day of UTC came to a status."""

    target: int
    day: date
    status: str
    looks: int


@dataclass(frozen=True)
class Stands:
    """How a target is, as the latest look has it; `cut` figures of it were beyond what is kept."""

    id: int
    name: str
    kind: str
    looked_at: datetime
    status: str | None
    missed: int
    away_at: datetime | None
    cut: int
    firing: Sequence[str]


@dataclass(frozen=True)
class Saved:
    """The `fettle.check/1` document of the latest look of a schedule."""

    schedule: str
    started_at: datetime
    document: Mapping[str, Any]


async def keep(
    connection: Connection, took: Took, measured: Sequence[Sample], cut: int = 0
) -> None:
    """Keep a look, and add what it measured; `cut` is how many figures of it are left out.

    The caller is in a transaction, and keeps each look once. Raises psycopg's CheckViolation where
    no part of the tables is there for its time (store.partitions).
    """
    worst = took.worst and statements.storable(took.worst)
    values = {**vars(took), "worst": worst, "cut": cut}
    await statements.run(connection, "samples/keep_look", **values)
    if measured:
        await statements.run(
            connection,
            "samples/keep",
            target=took.target,
            at=took.at,
            metrics=[statements.storable(one.metric) for one in measured],
            subjects=[statements.storable(one.subject) for one in measured],
            values=[one.value for one in measured],
        )


async def series(connection: Connection, target: int) -> list[Series]:
    """Return the figures of a target, by name."""
    rows = await statements.run(connection, "samples/series", target=target)
    return [Series(**row) for row in rows]


async def leading(
    connection: Connection, targets: Sequence[int], metrics: Sequence[str], since: datetime
) -> Mapping[int, Series]:
    """Return of each target the first of these figures that it has of itself, by the target."""
    rows = await statements.run(
        connection, "samples/leading", targets=list(targets), metrics=list(metrics), since=since
    )
    return {row.pop("target"): Series(**row) for row in rows}


async def lately(
    connection: Connection, target: str, metric: str, since: datetime
) -> Series | None:
    """Return a figure that a target has of itself, where it was measured since a moment."""
    ids = [one.id for one in (await stand(connection, [target])).values()]
    found = await leading(connection, ids, [metric], since)
    return next(iter(found.values()), None)


async def lines(connection: Connection, of: Sequence[int], span: Span) -> Mapping[int, Line]:
    """Return what was measured of figures in a time; those without a sample are left out."""
    rows = await statements.run(
        connection,
        "samples/by_hours" if span.by_hours else "samples/by_minutes",
        series=list(of),
        since=span.since,
        until=span.until,
        step=span.step,
    )
    return {row.pop("series"): Line(**row) for row in rows}


async def beats(
    connection: Connection, targets: Sequence[int], since: datetime, limit: int
) -> Mapping[int, Beats]:
    """Return how the latest looks at targets went, `limit` of each at most."""
    rows = await statements.run(
        connection, "samples/beats", targets=list(targets), since=since, limit=limit
    )
    return {row["target"]: Beats(row["status"], row["at"]) for row in rows}


async def looks(connection: Connection, target: int, since: datetime, limit: int) -> list[Took]:
    """Return the latest looks at a target, the latest first."""
    rows = await statements.run(
        connection, "samples/looks", target=target, since=since, limit=limit
    )
    return [Took(target, **row) for row in rows]


async def began(connection: Connection, target: int, since: datetime) -> datetime | None:
    """Return when the trouble of a target began that goes on; None where it is well."""
    rows = await statements.run(connection, "samples/began", target=target, since=since)
    at: datetime | None = rows[0]["at"] if rows else None
    return at


async def days(connection: Connection, targets: Sequence[int], since: date) -> list[Day]:
    """Return how looks went day by day."""
    rows = await statements.run(connection, "samples/days", targets=list(targets), since=since)
    return [Day(**row) for row in rows]


async def stand(connection: Connection, names: Sequence[str]) -> Mapping[str, Stands]:
    """Return how targets are, by their names; those that nobody has looked at yet are left out."""
    storable = [statements.storable(name) for name in names]
    rows = await statements.run(connection, "samples/targets", names=storable)
    return {row["name"]: Stands(**row) for row in rows}


async def issues(connection: Connection, names: Sequence[str]) -> Mapping[str, Sequence[int]]:
    """Return the issues that go on about targets, by their names."""
    rows = await statements.run(connection, "samples/issues", names=list(names))
    return {row["name"]: row["numbers"] for row in rows}


async def saved(connection: Connection, target: str) -> tuple[int, dict[str, object]] | None:
    """Return the latest diagnosis that was kept of a target, and its number; None without one."""
    rows = await statements.run(connection, "samples/saved", target=statements.storable(target))
    return (rows[0]["id"], rows[0]["document"]) if rows else None


async def saved_lately(connection: Connection, target: str, since: datetime) -> list[Saved]:
    """Return the latest diagnosis of a target on each schedule since a moment, the latest first."""
    rows = await statements.run(
        connection, "samples/saved_lately", target=statements.storable(target), since=since
    )
    return [Saved(**row) for row in rows]


async def tied(
    connection: Connection, names: Sequence[str], since: datetime, most: int
) -> Mapping[int, tuple[str, str]]:
    """Return figures of targets that were measured since a moment: the target's name, its own."""
    rows = await statements.run(
        connection, "samples/tied", names=list(names), since=since, most=most
    )
    return {row["id"]: (row["target"], row["metric"]) for row in rows}
