"""Times that come again: when maintenance may run, and when alerts are muted for it.

1. A start that a change of the clocks skips is as much later as they went forward; one that comes
   twice is the first.
2. A window lasts its real length, across midnight and across a change of the clocks, and belongs
   to the day on which it starts.
3. The 31st of a shorter month is its last day.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fettle.model.calendar import moment_of

_DAY = timedelta(days=1)
_LONGEST = timedelta(days=7)


@dataclass(frozen=True)
class Occurrence:
    """One time that a window is open, from `start` until before `end`; all in UTC.

    Nothing begins in it from `cutoff` on. `local` is its start as it was planned, without a zone.
    """

    local: datetime
    start: datetime
    cutoff: datetime
    end: datetime


@dataclass(frozen=True)
class Window:
    """Opens at a local time on the days that fit; what is None restricts nothing.

    `weekdays` are 0 (Monday) to 6, `day_of_month` is 1 to 31, `months` are 1 to 12. Raises
    ValueError for a window that is never open, or longer than a week.
    """

    start: time
    zone: ZoneInfo
    duration: timedelta
    cutoff: timedelta = timedelta(0)
    weekdays: frozenset[int] | None = None
    day_of_month: int | None = None
    months: frozenset[int] | None = None

    def __post_init__(self) -> None:
        if not timedelta(0) < self.duration <= _LONGEST:
            raise ValueError("a window is open for some time, and for a week at most")
        if not timedelta(0) <= self.cutoff < self.duration:
            raise ValueError("the cutoff is shorter than the window")

    def occurrences(self, start: datetime, end: datetime) -> Iterator[Occurrence]:
        """Yield the times that it opens at or after `start` and before `end`, in order."""
        day = start.astimezone(self.zone).date() - _DAY
        last = end.astimezone(self.zone).date() + _DAY
        while day <= last:
            if self._fits(day):
                occurrence = self._on(day)
                if start <= occurrence.start < end:
                    yield occurrence
            day += _DAY

    def open_at(self, moment: datetime) -> Occurrence | None:
        """Return the occurrence that a moment is in, the one that ends last where they overlap."""
        since = moment - self.duration - _DAY
        found = [one for one in self.occurrences(since, moment + _DAY) if one.start <= moment]
        return max(
            (one for one in found if moment < one.end), key=lambda one: one.end, default=None
        )

    def _fits(self, day: date) -> bool:
        if self.months is not None and day.month not in self.months:
            return False
        if self.weekdays is not None and day.weekday() not in self.weekdays:
            return False
        if self.day_of_month is None:
            return True
        return day.day == min(self.day_of_month, monthrange(day.year, day.month)[1])

    def _on(self, day: date) -> Occurrence:
        begins = moment_of(day, self.start, self.zone)
        ends = begins + self.duration
        return Occurrence(datetime.combine(day, self.start), begins, ends - self.cutoff, ends)
