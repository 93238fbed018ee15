"""The report of a week's performance: its tables, its charts, and what would help; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from fettle.maintenance import measures
from fettle.maintenance.performance import (
    Bottleneck,
    Compared,
    Filling,
    Growing,
    Moved,
    counted,
    in_days,
)
from fettle.maintenance.weeks import DAY, WEEKS, Week
from fettle.model.ports_upkeep import LatestLook
from fettle.model.quantity import Ratio, say_count, say_figure, say_growth
from fettle.model.report import Chart, Curve, Point, Report, Section, Table

_MOST_MOVED_CHARTS, _MOST_FILLING_CHARTS = 8, 4
_MOST_ADVICE = 3  # of each target
_URGENT = ("immediate", "high")

Points = Mapping[int, Sequence[Point]]
Change = Moved | Growing | Filling


@dataclass(frozen=True)
class Told:
    """All that a report is made of; `points` are those of the figures that are drawn."""

    until: datetime
    targets: int
    week: Compared
    silent: Sequence[str]
    found: Sequence[Bottleneck] | None
    points: Points
    advice: Sequence[str]


def drawn(week: Compared) -> Sequence[int]:
    """Return the figures that a report draws."""
    moved = [one.figure for one in week.worse[:_MOST_MOVED_CHARTS]]
    return [*moved, *(one.figure for one in week.filling[:_MOST_FILLING_CHARTS])]


def report(told: Told) -> Report:
    """Return the report of a week."""
    return Report(
        f"Performance of the week to {told.until.day} {told.until:%b %Y}",
        summary(told.week),
        tuple(_sections(told)),
    )


def summary(week: Compared) -> str:
    """Return what a week came to, in a sentence."""
    soon = [one for one in week.filling if one.soon]
    parts = [
        f"{counted(week.worse, 'figure')} got worse" if week.worse else "no figure got worse",
        f"{counted(week.growing, 'figure')} gets worse slowly" if week.growing else "",
        f"{counted(soon, 'thing')} will be full within two weeks" if soon else "",
    ]
    return ", ".join(part for part in parts if part) + f", of {week.figures:,} compared"


def _sections(told: Told) -> Iterator[Section]:
    week = told.week
    yield Section("What was looked at", tuple(_looked_at(told)))
    nothing = () if told.advice else ("There is nothing to recommend.",)
    yield Section("What would make it faster", nothing, tuple(told.advice))
    yield _changes("What got worse", week.worse, tuple(_moved_charts(told)))
    if week.growing:
        yield Section(
            "What gets worse slowly",
            (f"Over {WEEKS + 1} weeks, by the middle of each day; odd days turn nothing.",),
            table=Table(
                ("Target", "Figure", "Now", "A week"),
                tuple(
                    (*_named(one), _figure(one, one.now), _signed(one, one.a_week))
                    for one in week.growing
                ),
            ),
        )
    yield _filling(told)
    if told.found is not None:
        yield _bottlenecks(told.found)
    load = [one for one in week.moved if one.sense == "load"]
    if load:
        yield _changes("More or less to do", load)
    better = [one for one in week.moved if one.sense == "better"]
    if better:
        yield _changes("What got better", better)


def _looked_at(told: Told) -> Iterator[str]:
    yield (
        f"{say_count(told.week.figures, 'figure')} of {say_count(told.targets, 'target')}: each "
        f"hour of the week to {_moment(told.until.timestamp())} beside the same hour of the same "
        f"weekday in the {WEEKS} weeks before. What is told has left what was usual by a tenth at "
        "least, and stayed there to the end of the week."
    )
    if told.week.young:
        yield f"Too little history to compare: {_listed(told.week.young)}."
    if told.silent:
        yield f"Nothing was measured in this week: {_listed(told.silent)}."


def _changes(title: str, moved: Sequence[Moved], charts: tuple[Chart, ...] = ()) -> Section:
    if not moved:
        return Section(title, ("Nothing did.",))
    rows = tuple(
        (
            *_named(one),
            _figure(one, one.was),
            _figure(one, one.now),
            _share(one),
            _moment(one.began),
            one.deploy or "–",
        )
        for one in moved
    )
    columns = ("Target", "Figure", "Usual", "Now", "Change", "Since", "Went live just before")
    return Section(title, table=Table(columns, rows), charts=charts)


def _moved_charts(told: Told) -> Iterator[Chart]:
    for one in told.week.worse[:_MOST_MOVED_CHARTS]:
        week = Week.of(told.points.get(one.figure, ()), told.until.timestamp())
        curves = (
            Curve("this week", tuple(sorted(week.hours.items()))),
            Curve("usual", tuple(week.usual())),
        )
        yield Chart(_title(one), measures.unit(one.metric), curves)


def _filling(told: Told) -> Section:
    title, week = "What will be full", told.week
    if not week.filling:
        return Section(title, ("Nothing within a year, as it goes now.",))
    rows = tuple(
        (*_named(one), str(Ratio(one.now)), _date(told, one.likely), _between(told, one))
        for one in week.filling
    )
    charts = tuple(
        Chart(_title(one), "ratio", (Curve("each day", _days(told.points.get(one.figure, ()))),))
        for one in week.filling[:_MOST_FILLING_CHARTS]
    )
    columns = ("Target", "What", "Now", "Full on about", "Between")
    return Section(title, table=Table(columns, rows), charts=charts)


def _days(points: Sequence[Point]) -> tuple[Point, ...]:
    days: dict[int, list[float]] = {}
    for at, value in points:
        days.setdefault(int(at // DAY), []).append(value)
    return tuple((float(day * DAY), median(values)) for day, values in sorted(days.items()))


def _date(told: Told, days: float) -> str:
    at = datetime.fromtimestamp(told.until.timestamp() + days * DAY, UTC)
    return f"{at.day} {at:%b %Y}"


def _between(told: Told, one: Filling) -> str:
    if one.latest is None or one.latest > 3_650:
        return f"{_date(told, one.earliest)} and never"
    return f"{_date(told, one.earliest)} and {_date(told, one.latest)}"


def _bottlenecks(found: Sequence[Bottleneck]) -> Section:
    if not found:
        return Section(
            "Bottlenecks", ("The latest looks found nothing that is beyond its limits.",)
        )
    rows = tuple(
        (one.target, one.severity, one.title, one.subject, one.says, ", ".join(one.worse) or "–")
        for one in found
    )
    columns = ("Target", "Severity", "What", "Of", "Says", "Got worse this week")
    return Section("Bottlenecks", table=Table(columns, rows))


# What would help


def advice(
    week: Compared, found: Sequence[Bottleneck], looks: Sequence[LatestLook]
) -> Sequence[str]:
    """Return what would make it faster, or keep it going: what is urgent first."""
    changes: tuple[Change, ...] = (*week.worse, *week.growing, *week.filling)
    troubled = {one.target for one in changes} | {one.target for one in found}
    told = [
        (one.priority, f"{look.target}: {one.title}: {'; '.join(one.actions[:2])}")
        for look in looks
        if look.target in troubled
        for one in look.advice[:_MOST_ADVICE]
    ]
    urgent = [text for priority, text in told if priority in _URGENT]
    later = [text for priority, text in told if priority not in _URGENT]
    return [*_room(week), *_releases(week), *urgent, *later]


def _room(week: Compared) -> Iterator[str]:
    for one in week.filling:
        if one.likely <= 90:
            what = measures.named(one.metric, one.subject)
            yield f"{one.target}: make room: {what} is full {in_days(one.likely)}"


def _releases(week: Compared) -> Iterator[str]:
    by_deploy: dict[tuple[str, str], list[str]] = {}
    for one in week.worse:
        if one.deploy is not None:
            name = measures.named(one.metric, one.subject)
            by_deploy.setdefault((one.target, one.deploy), []).append(name)
    for (target, version), names in by_deploy.items():
        yield f"{target}: look at what {version} changed: since then {_listed(names)} got worse"


# Words


def _named(one: Change) -> tuple[str, str]:
    return one.target, measures.named(one.metric, one.subject)


def _title(one: Change) -> str:
    return ": ".join(_named(one))


def _figure(one: Change, value: float) -> str:
    return say_figure(value, measures.unit(one.metric))


def _signed(one: Change, value: float) -> str:
    return ("+" if value > 0 else "") + _figure(one, value)


def _share(one: Moved) -> str:
    return say_growth(one.share) if one.was else "new"


def _moment(at: float) -> str:
    when = datetime.fromtimestamp(at, UTC)
    return f"{when.day} {when:%b, %H:%M} UTC"


def _listed(names: Sequence[str], most: int = 10) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
