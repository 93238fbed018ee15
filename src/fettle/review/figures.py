"""What happened to issues in a time, in figures: how long things took, what was not kept, noise.

| figure | is |
| --- | --- |
| MTTD | from when it started to when it was detected |
| MTTA | from then to when somebody took it |
| MTTM | from when it started to when it was mitigated |
| MTTR | from when it started to when it was resolved |
| breach rate | issues of which a promise was broken ÷ all |
| noise ratio | issues declined as false positive, or over without anybody's act ÷ all |
| recurrence rate | issues that are the return of what was fixed ÷ all |

Each of the four as median, p90 and mean: a mean alone hides a bad night. Issues count where they
were opened; merged ones are the trouble that they were merged into, and count there. What is no
trouble has no times. A median of nothing is None, and never 0.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from fettle.model.issue import Milestones
from fettle.model.quantity import Ratio
from fettle.model.review import Counted

# A figure says something from so many issues on: of three, one odd time does not decide the median;
# of fewer than ten, a p90 is but the longest; of fewer than five, one issue moves a share by a
# quarter or more.
MEDIAN_FROM = 3
P90_FROM = 10
SHARE_FROM = 5


class Every(StrEnum):
    """How long each part of a series is."""

    WEEK = "week"
    MONTH = "month"


class Part(StrEnum):
    """By what figures are told apart."""

    TEAM = "team"
    SERVICE = "service"
    CLASS = "class"


@dataclass(frozen=True)
class Times:
    """How long something took, over so many issues."""

    number: int
    median: timedelta | None = None
    p90: timedelta | None = None
    mean: timedelta | None = None


@dataclass(frozen=True)
class Figures:
    """The figures of some issues; a ratio of no issues is None."""

    issues: int
    detect: Times
    acknowledge: Times
    mitigate: Times
    resolve: Times
    breach_rate: Ratio | None
    noise_ratio: Ratio | None
    recurrence_rate: Ratio | None


@dataclass(frozen=True)
class Stretch:
    """The figures of a part of the time: from its first moment up to its last, which is not in."""

    start: datetime
    end: datetime
    figures: Figures


@dataclass(frozen=True)
class Grouped:
    """The figures of a team, a service or a class; None stands for those that have none."""

    name: str | None
    figures: Figures
    series: tuple[Stretch, ...]


@dataclass(frozen=True)
class Report:
    """The figures of a time: of all issues, part by part, and of each group."""

    total: Figures
    series: tuple[Stretch, ...]
    groups: tuple[Grouped, ...]


def report(
    counted: Sequence[Counted], start: datetime, end: datetime, by: Part | None, every: Every
) -> Report:
    """Return the figures of issues that were opened from `start` on and before `end`."""
    bounds = list(stretches(start, end, every))
    named = sorted(_grouped(counted, by).items(), key=lambda one: (one[0] is None, one[0] or ""))
    groups = tuple(Grouped(name, figures(own), _series(own, bounds)) for name, own in named)
    return Report(figures(counted), _series(counted, bounds), groups)


def figures(counted: Sequence[Counted]) -> Figures:
    """Return the figures of some issues."""
    real = [one.milestones for one in counted if not one.declined]
    return Figures(
        len(counted),
        _times(real, lambda seen: (seen.started, seen.detected)),
        _times(real, lambda seen: (seen.detected, seen.acknowledged)),
        _times(real, lambda seen: (seen.started, seen.mitigated)),
        _times(real, lambda seen: (seen.started, seen.resolved)),
        _share(one.breached for one in counted),
        _share(one.noise for one in counted),
        _share(one.returned for one in counted),
    )


def stretches(start: datetime, end: datetime, every: Every) -> Iterator[tuple[datetime, datetime]]:
    """Yield the weeks (from Monday) or months of a time, in UTC; the first and last can be cut."""
    at = start
    while at < end:
        following = min(_following(at.astimezone(UTC).date(), every), end)
        yield at, following
        at = following


def quantile(durations: Sequence[timedelta], share: float) -> timedelta:
    """Return a quantile of durations, of which there is one at least; between two it is weighed."""
    told = sorted(durations)
    place = (len(told) - 1) * share
    below, above = told[math.floor(place)], told[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


def _following(day: date, every: Every) -> datetime:
    if every is Every.WEEK:
        following = day + timedelta(days=7 - day.weekday())
    else:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime.combine(following, time(), UTC)


def _series(
    counted: Sequence[Counted], bounds: Sequence[tuple[datetime, datetime]]
) -> tuple[Stretch, ...]:
    parts: list[list[Counted]] = [[] for _ in bounds]
    ends = [end for _, end in bounds]
    for one in counted:
        parts[bisect_right(ends, one.opened_at)].append(one)
    return tuple(
        Stretch(start, end, figures(part)) for (start, end), part in zip(bounds, parts, strict=True)
    )


def _grouped(counted: Sequence[Counted], by: Part | None) -> Mapping[str | None, list[Counted]]:
    found: dict[str | None, list[Counted]] = {}
    for one in counted if by is not None else ():
        for name in _names(one, by):
            found.setdefault(name, []).append(one)
    return found


def _names(one: Counted, by: Part | None) -> tuple[str | None, ...]:
    """Return the groups that an issue counts in: in each of its services, once."""
    match by:
        case Part.TEAM:
            return (one.team,)
        case Part.SERVICE:
            return tuple(dict.fromkeys(one.services)) or (None,)
        case _:
            return (one.class_,)


Pair = tuple[datetime, datetime | None]


def _times(seen: Iterable[Milestones], pair: Callable[[Milestones], Pair]) -> Times:
    told = [end - start for start, end in map(pair, seen) if end is not None]
    if not told:
        return Times(0)
    mean = sum(told, timedelta()) / len(told)
    return Times(len(told), quantile(told, 0.5), quantile(told, 0.9), mean)


def _share(said: Iterable[bool]) -> Ratio | None:
    told = list(said)
    return Ratio(sum(told) / len(told)) if told else None
