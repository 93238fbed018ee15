"""Figures counted one issue at a time, as review/figures.py defines them: the store's oracle."""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fettle.model.figures import Cell, Figures, Times
from fettle.model.issue import Milestones
from fettle.model.quantity import Ratio
from fettle.review.figures import Bounds, Every, Part, Report, report, stretches


@dataclass(frozen=True)
class Counted:
    """An issue as it is counted.

    `false_positive` is one that was declined as such; `over` one that was resolved, and `touched`
    one that somebody did something about.
    """

    opened_at: datetime
    milestones: Milestones
    team: str | None = None
    services: tuple[str, ...] = ()
    class_: str | None = None
    false_positive: bool = False
    declined: bool = False
    over: bool = False
    touched: bool = True
    breached: bool = False
    returned: bool = False

    @property
    def noise(self) -> bool:
        """Whether nobody had to hear of it."""
        return self.false_positive or (self.over and not self.touched)


def reported(
    counted: Sequence[Counted], start: datetime, end: datetime, by: Part | None, every: Every
) -> Report:
    """Return the figures of issues that were opened from `start` on and before `end`."""
    bounds = list(stretches(start, end, every))
    return report(list(cells(counted, bounds, by)), bounds)


def cells(counted: Sequence[Counted], bounds: Sequence[Bounds], by: Part | None) -> Iterator[Cell]:
    """Yield the figures of all and of each group, over the whole time and each of its parts."""
    if counted:
        yield from _over(counted, bounds, Cell(figures(counted)))
    for name, own in _grouped(counted, by).items():
        yield from _over(own, bounds, Cell(figures(own), grouped=True, name=name))


def _over(counted: Sequence[Counted], bounds: Sequence[Bounds], whole: Cell) -> Iterator[Cell]:
    yield whole
    parts: dict[int, list[Counted]] = {}
    ends = [end for _, end in bounds]
    for one in counted:
        parts.setdefault(bisect_right(ends, one.opened_at), []).append(one)
    for place, part in parts.items():
        yield replace(whole, figures=figures(part), part=place)


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


def median(durations: Sequence[timedelta]) -> timedelta:
    """Return the middle one of durations, of which there is one at least; between two the mean."""
    told, half = sorted(durations), (len(durations) - 1) / 2
    return (told[math.floor(half)] + told[math.ceil(half)]) / 2


def p90(durations: Sequence[timedelta]) -> timedelta:
    """Return the least of durations that nine of ten are not longer than."""
    return sorted(durations)[math.ceil(0.9 * len(durations)) - 1]


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
    return Times(len(told), median(told), p90(told), mean)


def _share(said: Iterable[bool]) -> Ratio | None:
    told = list(said)
    return Ratio(sum(told) / len(told)) if told else None
