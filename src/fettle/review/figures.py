"""What happened to issues in a time, in figures: how long things took, what was not kept, noise.

| figure | is |
| --- | --- |
| MTTD | from when it started to when it was detected |
| MTTA | from then to when somebody took it |
| MTTM | from when it started to when it was mitigated |
| MTTR | from when it started to when it was resolved |
| breach rate | issues of which a promise was broken ÷ all |
| noise ratio | issues declined as false positive, or over without an act or a remedy's help ÷ all |
| recurrence rate | issues that are the return of what was fixed ÷ all |

Each of the four as median, p90 and mean: a mean alone hides a bad night. Issues count where they
were opened; merged ones are the trouble that they were merged into, and count there. What is no
trouble has no times. A median of nothing is None, and never 0; between two times it is their mean.
The p90 is the least of the times that nine of ten are not longer than. An issue counts in each of
its services, once.

The store counts, since of 100,000 issues that is many times as quick as reading them: from a table
that holds of each issue what figures need, and that triggers keep true (migrations 22, 46;
store/queries/reviews/figures.sql). Tests count the same one by one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from fettle.model.figures import NONE, Cell, Figures

# A figure says something from so many issues on: of three, one odd time does not decide the median;
# of fewer than ten, a p90 is but the longest; of fewer than five, one issue moves a share by a
# quarter or more.
MEDIAN_FROM = 3
P90_FROM = 10
SHARE_FROM = 5


Bounds = tuple[datetime, datetime]


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
class Stretch:
    """The figures of a part of the time: from its first moment up to its last, which is not in."""

    start: datetime
    end: datetime
    figures: Figures


@dataclass(frozen=True)
class Grouped:
    """The figures of a team, a service or a class; None stands for those that have none.

    Its series is empty where its parts were not counted.
    """

    name: str | None
    figures: Figures
    series: tuple[Stretch, ...]


@dataclass(frozen=True)
class Report:
    """The figures of a time: of all issues, part by part, and of each group."""

    total: Figures
    series: tuple[Stretch, ...]
    groups: tuple[Grouped, ...]


def report(cells: Sequence[Cell], bounds: Sequence[Bounds]) -> Report:
    """Return the figures of a time with these parts, of what was counted in it.

    Where nothing was counted, it was of no issues.
    """
    total, series = _over([cell for cell in cells if not cell.grouped], bounds)
    found: dict[str | None, list[Cell]] = {}
    for cell in cells:
        if cell.grouped:
            found.setdefault(cell.name, []).append(cell)
    named = sorted(found.items(), key=lambda one: (one[0] is None, one[0] or ""))
    groups = tuple(Grouped(name, *_over(own, bounds)) for name, own in named)
    return Report(total, series, groups)


def stretches(start: datetime, end: datetime, every: Every) -> Iterator[Bounds]:
    """Yield the weeks (from Monday) or months of a time, in UTC; the first and last can be cut."""
    at = start
    while at < end:
        following = min(_following(at.astimezone(UTC).date(), every), end)
        yield at, following
        at = following


def _following(day: date, every: Every) -> datetime:
    if every is Every.WEEK:
        following = day + timedelta(days=7 - day.weekday())
    else:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime.combine(following, time(), UTC)


def _over(cells: Sequence[Cell], bounds: Sequence[Bounds]) -> tuple[Figures, tuple[Stretch, ...]]:
    """Return the figures over the whole time, and over each of its parts where they were counted.

    Whatever was opened was opened in one of them.
    """
    told: Mapping[int | None, Figures] = {cell.part: cell.figures for cell in cells}
    if told.keys() == {None}:
        return told[None], ()
    parts = (
        Stretch(start, end, told.get(place, NONE)) for place, (start, end) in enumerate(bounds)
    )
    return told.get(None, NONE), tuple(parts)
