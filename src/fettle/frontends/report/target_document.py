"""The shape of targets that are watched: how they are, how looks went, and what was measured."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, cast

from typing_extensions import TypedDict

from fettle.flow.catalogued import Known
from fettle.frontends.report.moments import said
from fettle.model.diagnosis import Status
from fettle.store.samples import Day, Line, Series, Span, Stands, Took

WORST: Sequence[str] = ("critical", "high", "medium", "low", "unknown", "ok")


KindName = Literal[
    "service", "dependency", "database", "host", "prometheus", "site", "cdn", "edge", "log"
]


class _Target(TypedDict):
    name: str
    kind: KindName
    status: Status | None
    """What the latest look came to: `unknown` where that is too long ago, null before the first."""
    looked_at: str | None
    every_s: float | None
    """How often it is looked at; null where nobody does."""
    watched: list[str]
    """Where it is watched, in words."""
    tier: Literal["critical", "important", "internal"] | None
    team: str | None
    critical: bool
    """Of a dependency: whether the business stands still without it."""
    depends_on: list[str]
    needed_by: list[str]
    issues: list[int]
    """The issues about it that go on."""


class TargetItem(_Target):
    """A target in the list of all."""


class TargetsDocument(TypedDict):
    """All targets of the settings."""

    schema: Literal["fettle.targets/1"]
    items: list[TargetItem]


class FigureDocument(TypedDict):
    """A figure of a target, and the latest of it; its unit stands at the end of its name."""

    metric: str
    subject: str | None
    """What of the target it is a figure of; null for all of it."""
    value: float
    at: str


class LookDocument(TypedDict):
    """How a look at a target went."""

    at: str
    schedule: str
    status: Status
    findings: int
    unknown: int
    took_s: float
    worst: str | None
    """The worst that was found, or why it is unknown."""


class DayDocument(TypedDict):
    """How the looks of a day, of UTC, went."""

    day: str
    status: Status
    """The worst of it."""
    looks: dict[str, int]
    """How many looks came to which status."""


class TargetDocument(_Target):
    """A target: how it is now, how it was, and what was measured last."""

    schema: Literal["fettle.target/1"]
    figures: list[FigureDocument]
    looks: list[LookDocument]
    """The latest first."""
    days: list[DayDocument]
    cut: int
    """How many figures the latest look had beyond what is kept ([keep] most_series)."""


class PointDocument(TypedDict):
    """What was measured in a step of time."""

    at: str
    least: float
    mean: float
    most: float
    number: int
    """How many looks measured it."""


class SeriesDocument(TypedDict):
    """A figure over a time; a step in which nobody measured it is left out."""

    schema: Literal["fettle.series/1"]
    target: str
    metric: str
    subject: str | None
    start: str
    end: str
    step_s: float
    points: list[PointDocument]


class LookAskedDocument(TypedDict):
    """That a target is looked at now."""

    schema: Literal["fettle.look_asked/1"]
    target: str
    looked_at: str | None
    """When it was looked at last; a look that was asked for is a later one."""


def status(one: Known, stands: Stands | None, now: datetime) -> Status | None:
    """Return how a target is: unknown when it was looked at too long ago, None when never."""
    if stands is None or stands.status is None:
        return None
    return "unknown" if one.is_stale(stands.looked_at, now) else cast("Status", stands.status)


def of_targets(
    known: Iterable[Known],
    stands: Mapping[str, Stands],
    issues: Mapping[str, Sequence[int]],
    now: datetime,
) -> TargetsDocument:
    """Return all targets."""
    items: list[TargetItem] = [
        {**_target(one, stands.get(one.name), issues.get(one.name, ()), now)} for one in known
    ]
    return {"schema": "fettle.targets/1", "items": items}


def of_target(
    one: Known,
    stands: Stands | None,
    issues: Sequence[int],
    past: tuple[Sequence[Series], Sequence[Took], Sequence[Day]],
    now: datetime,
) -> TargetDocument:
    """Return a target with its figures, looks and days."""
    series, looks, days = past
    return {
        "schema": "fettle.target/1",
        **_target(one, stands, issues, now),
        "figures": [_figure(each) for each in series],
        "looks": [_look(each) for each in looks],
        "days": list(of_days(days)),
        "cut": 0 if stands is None else stands.cut,
    }


def of_days(days: Iterable[Day]) -> Iterator[DayDocument]:
    """Yield what looks of each day came to, the first day first."""
    found: dict[date, Counter[str]] = {}
    for each in days:
        found.setdefault(each.day, Counter())[each.status] += each.looks
    for day, looks in sorted(found.items()):
        worst = min(looks, key=WORST.index)
        yield {"day": day.isoformat(), "status": cast("Status", worst), "looks": dict(looks)}


def of_series(target: str, series: Series, span: Span, line: Line | None) -> SeriesDocument:
    """Return a figure over a time."""
    return {
        "schema": "fettle.series/1",
        "target": target,
        "metric": series.metric,
        "subject": series.subject or None,
        "start": said(span.since),
        "end": said(span.until),
        "step_s": span.step.total_seconds(),
        "points": [] if line is None else list(_points(line)),
    }


def _points(line: Line) -> Iterator[PointDocument]:
    columns = (line.at, line.least, line.mean, line.most, line.number)
    for at, least, mean, most, number in zip(*columns, strict=True):
        begins = said(datetime.fromtimestamp(at).astimezone())
        yield {"at": begins, "least": least, "mean": mean, "most": most, "number": number}


def _target(one: Known, stands: Stands | None, issues: Sequence[int], now: datetime) -> _Target:
    return {
        "name": one.name,
        "kind": one.kind.value,
        "status": status(one, stands, now),
        "looked_at": None if stands is None or stands.status is None else said(stands.looked_at),
        "every_s": None if one.every is None else one.every.total_seconds(),
        "watched": list(one.watched),
        "tier": None if one.tier is None else one.tier.value,
        "team": one.team,
        "critical": one.critical,
        "depends_on": list(one.needs),
        "needed_by": list(one.needed_by),
        "issues": list(issues),
    }


def _figure(series: Series) -> FigureDocument:
    return {
        "metric": series.metric,
        "subject": series.subject or None,
        "value": series.latest,
        "at": said(series.latest_at),
    }


def _look(took: Took) -> LookDocument:
    return {
        "at": said(took.at),
        "schedule": took.schedule,
        "status": cast("Status", took.status),
        "findings": took.findings,
        "unknown": took.unknown,
        "took_s": round(took.took_s, 3),
        "worst": took.worst,
    }
