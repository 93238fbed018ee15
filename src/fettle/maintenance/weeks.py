"""A week beside those before it, hour by hour of the week; pure.

An hour is compared with the same hour of the same weekday in the weeks before: with what lies in
their middle, so that one bad day of them says nothing. What is worse stays worse to the end of the
week; a bad day that is over is an incident, and no trend.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from fettle.model.report import Point

HOUR, DAY, WEEK = 3_600, 86_400, 7 * 86_400
WEEKS = 4  # before the one that is looked at

# So many hours of a week are enough to speak of it, and so many weeks of what was usual.
FEWEST_HOURS, FEWEST_WEEKS = 84, 2
# A day at least: what is over before is no trend.
_LASTS = 24
# Of hours that are no other than the same ones of four weeks, one in five lies beyond them all.
_BEYOND = 0.6
# Less than this share of a level, or of a whole, is not felt.
_LEAST, _LEAST_OF_A_WHOLE = 0.10, 0.02
# So much of a change has come since the last week, or it came slowly.
_OF_ITSELF = 0.6

Way = Literal["up", "down"]


@dataclass(frozen=True)
class Shift:
    """That a figure left what was usual, and stayed there: when, from which level, to which."""

    way: Way
    began: float
    was: float
    now: float

    @property
    def share(self) -> float | None:
        """How far, as a share of what was usual; None where that was nothing."""
        return (self.now - self.was) / abs(self.was) if self.was else None


@dataclass(frozen=True)
class Week:
    """A week of a figure, and the same hours of the weeks before, each by when it was.

    `before` has the values of the weeks before at each hour of this week, `last` those of the last.
    """

    hours: Mapping[float, float]
    before: Mapping[float, Sequence[float]]
    last: Mapping[float, float]
    weeks: int

    @classmethod
    def of(cls, points: Sequence[Point], until: float) -> "Week":
        """Return the week that ended at a moment, of points of it and of those before it."""
        start = until - WEEK
        all_hours = {at: value for at, value in points if at < until}
        hours = {at: value for at, value in all_hours.items() if at >= start}
        before = {
            at: tuple(
                all_hours[at - number * WEEK]
                for number in range(1, WEEKS + 1)
                if at - number * WEEK in all_hours
            )
            for at in hours
        }
        full = sum(
            sum(start - number * WEEK <= at < start - (number - 1) * WEEK for at in all_hours)
            >= FEWEST_HOURS
            for number in range(1, WEEKS + 1)
        )
        last = {at: all_hours[at - WEEK] for at in hours if at - WEEK in all_hours}
        return cls(hours, before, last, full)

    @property
    def known(self) -> bool:
        """Whether there is enough of it, and of the weeks before, to compare them."""
        return len(self.hours) >= FEWEST_HOURS and self.weeks >= FEWEST_WEEKS

    def usual(self) -> Sequence[Point]:
        """Return what is usual at each hour: what lies in the middle of the weeks before."""
        return [(at, median(values)) for at, values in sorted(self.before.items()) if values]

    def shift(self, *, whole: bool) -> Shift | None:
        """Return how the figure has left what was usual; None where it has not.

        `whole` says that it is a share of a whole, of which a fiftieth is felt.
        """
        if not self.known:
            return None
        both = [self._shift(way, whole=whole) for way in ("up", "down")]
        return next((one for one in both if one is not None), None)

    def _shift(self, way: Literal["up", "down"], *, whole: bool) -> Shift | None:
        sign = 1 if way == "up" else -1
        hours = [at for at in sorted(self.hours) if len(self.before[at]) >= FEWEST_WEEKS]
        beyond = [
            sign * self.hours[at] > max(sign * value for value in self.before[at]) for at in hours
        ]
        first = _from(beyond)
        lasting, out = hours[first:], beyond[first:]
        if len(lasting) < _LASTS or sum(out) < _BEYOND * len(out):
            return None
        was = median(median(self.before[at]) for at in lasting)
        now = median(self.hours[at] for at in lasting)
        moved = sign * (now - was)
        if moved < (_LEAST_OF_A_WHOLE if whole else _LEAST * abs(was)) or moved <= 0:
            return None
        if self._drifts(lasting, was, now):
            return None
        return Shift(way, lasting[0], was, now)

    def _drifts(self, lasting: Sequence[float], was: float, now: float) -> bool:
        """Whether the week only goes on as those before it went: it is told by its course then.

        What drifts is as far from the week before as from a week to the next, which is two fifths
        of how far it is from the middle of the four.
        """
        last = [self.last[at] for at in lasting if at in self.last]
        return bool(last) and abs(now - median(last)) < _OF_ITSELF * abs(now - was)


def _from(beyond: Sequence[bool]) -> int:
    """Return from where to the end the most hours are beyond, more than are not."""
    best, first, score = 0.0, len(beyond), 0.0
    for place in range(len(beyond) - 1, -1, -1):
        score += 0.5 if beyond[place] else -0.5
        if score > best:
            best, first = score, place
    return first


# Room that runs out


@dataclass(frozen=True)
class Course:
    """Where a figure is going: how far a day, from the least to the most that its days allow."""

    now: float
    a_day: float
    least: float
    most: float
    days: int

    def full_in(self, limit: float) -> tuple[float, float, float | None] | None:
        """Return in how many days it reaches a limit: likely, at the earliest, at the latest.

        None where it does not surely go there. The latest is None where it may never.
        """
        left = limit - self.now
        if self.least <= 0 or left <= 0:
            return None if left > 0 else (0.0, 0.0, 0.0)
        return left / self.a_day, left / self.most, left / self.least


_FEWEST_DAYS = 14


def course(points: Sequence[Point]) -> Course | None:
    """Return where a figure is going, by the middle of each of its days; None of too few.

    The slope is the middle one of all pairs of days (Theil and Sen), which an odd day does not
    turn; from the least to the most is Sen's interval of 95 %.
    """
    days: dict[int, list[float]] = {}
    for at, value in points:
        days.setdefault(int(at // DAY), []).append(value)
    middles = [(day, median(values)) for day, values in sorted(days.items())]
    number = len(middles)
    if number < _FEWEST_DAYS:
        return None
    slopes = sorted(
        (later - earlier) / (there - here)
        for place, (here, earlier) in enumerate(middles)
        for there, later in middles[place + 1 :]
    )
    spread = 1.96 * (number * (number - 1) * (2 * number + 5) / 18) ** 0.5
    low = max(0, round((len(slopes) - spread) / 2))
    high = min(len(slopes) - 1, round((len(slopes) + spread) / 2))
    return Course(middles[-1][1], median(slopes), slopes[low], slopes[high], number)
