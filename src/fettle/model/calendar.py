"""Time as a team promises it: around the clock, or business hours with their holidays.

A promise is kept in time that counts. `add` says when so much of it has passed, `between` how much
passed; they are each other's inverse, and both count real time: an hour that a change of the
clocks skips or repeats is not counted, or counted twice, as it was lived.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Protocol
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SPAN = re.compile(
    r"(?:(?P<weeks>\d{1,4})\s*(?:w|weeks?))?\s*(?:(?P<days>\d{1,4})\s*(?:d|days?))?\s*"
    r"(?:(?P<hours>\d{1,4})\s*(?:h|hours?))?\s*(?:(?P<minutes>\d{1,4})\s*(?:m|min|minutes?))?"
)
_MOST_YEARS = 11
_FARTHEST = timedelta(days=3660)


@dataclass(frozen=True)
class Span:
    """An amount of time as it is promised: `1w`, `3d`, `4h 30m`.

    Around the clock a day is 24 hours and a week seven days; on business time they are business
    days and weeks of them, and `time` counts business hours. So the parts are kept apart.
    """

    weeks: int = 0
    days: int = 0
    time: timedelta = timedelta()

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Read `15m`, `4h`, `1d`, `1w` or `1d 4h`; ValueError otherwise."""
        match = _SPAN.fullmatch(text.strip().lower())
        parts = (
            {unit: int(amount) for unit, amount in match.groupdict("0").items()} if match else {}
        )
        if not any(parts.values()):
            raise ValueError(f"{text!r} is no span of time; write it like 15m, 4h, 3d or 1w")
        time = timedelta(hours=parts["hours"], minutes=parts["minutes"])
        return cls(parts["weeks"], parts["days"], time)

    def __str__(self) -> str:
        minutes = round(self.time.total_seconds() / 60)
        parts = ((self.weeks, "w"), (self.days, "d"), (minutes // 60, "h"), (minutes % 60, "m"))
        return " ".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0m"

    @property
    def iso(self) -> str:
        """The span in ISO 8601: `PT15M`, `P1D`, `P1W`; beside others weeks are written as days."""
        hours, minutes = divmod(round(self.time.total_seconds() / 60), 60)
        time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        if self.weeks and not self.days and not time:
            return f"P{self.weeks}W"
        days = 7 * self.weeks + self.days
        date = f"{days}D" if days else ""
        return f"P{date}T{time or '0M'}" if time or not date else f"P{date}"


class Calendar(Protocol):
    """Which time counts."""

    def length(self, span: Span) -> timedelta:
        """Return how much time that counts a span is."""

    def add(self, moment: datetime, amount: timedelta) -> datetime:
        """Return the first moment at which so much time that counts has passed, in UTC."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much time that counts lies between; nothing when the end is not later."""


@dataclass(frozen=True)
class AroundTheClock:
    """Every moment counts; implements Calendar."""

    def length(self, span: Span) -> timedelta:
        """See Calendar.length."""
        return timedelta(weeks=span.weeks, days=span.days) + span.time

    def add(self, moment: datetime, amount: timedelta) -> datetime:
        """See Calendar.add."""
        return moment.astimezone(UTC) + max(amount, timedelta())

    def between(self, start: datetime, end: datetime) -> timedelta:
        """See Calendar.between."""
        return max(end - start, timedelta())


WEEKDAYS: Mapping[int, tuple[time, time]] = dict.fromkeys(range(5), (time(9), time(17)))


@dataclass(frozen=True)
class BusinessHours:
    """The hours of each weekday (0 is Monday), but on holidays; implements Calendar.

    Hours are local to `zone`; a day that closes at 00:00 closes at its end. `holidays` are the
    days that are off. Raises ValueError for hours that end before they begin, or for none at all.
    """

    zone: ZoneInfo
    hours: Mapping[int, tuple[time, time]] = field(default_factory=lambda: WEEKDAYS, hash=False)
    holidays: Collection[date] = field(default=(), hash=False)
    _years: "dict[int, _Year]" = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.hours:
            raise ValueError("business hours need at least one day")
        for opens, closes in self.hours.values():
            if _minutes(closes, end=True) <= _minutes(opens):
                raise ValueError(
                    f"business hours from {opens:%H:%M} to {closes:%H:%M} end before they begin; "
                    "hours across midnight are two days' hours"
                )

    def length(self, span: Span) -> timedelta:
        """See Calendar.length; a day is the mean of the days' hours, a week all of them."""
        week = sum(
            (_minutes(closes, end=True) - _minutes(opens) for opens, closes in self.hours.values()),
        )
        day = week / len(self.hours)
        return timedelta(minutes=span.weeks * week + span.days * day) + span.time

    def add(self, moment: datetime, amount: timedelta) -> datetime:
        """See Calendar.add; ten years on where these do not hold so much time."""
        moment = moment.astimezone(UTC)
        first = moment.astimezone(self.zone).year
        left = max(amount, timedelta()) + self._year(first).passed(moment)
        for year in range(first, min(first + _MOST_YEARS, MAXYEAR)):
            known = self._year(year)
            if (due := known.at(left, moment)) is not None:
                return due
            left -= known.total
        return moment + _FARTHEST

    def between(self, start: datetime, end: datetime) -> timedelta:
        """See Calendar.between."""
        if end <= start:
            return timedelta()
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        first, last = (moment.astimezone(self.zone).year for moment in (start, end))
        whole = sum((self._year(year).total for year in range(first, last)), timedelta())
        return whole + self._year(last).passed(end) - self._year(first).passed(start)

    def _year(self, year: int) -> "_Year":
        if (known := self._years.get(year)) is None:
            known = self._years[year] = _Year.of(self._open_in(year))
        return known

    def _open_in(self, year: int) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open times of a year's days."""
        for number in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
            day = date.fromordinal(number)
            hours = self.hours.get(day.weekday())
            if hours is None or day in self.holidays:
                continue
            opens = moment_of(day, hours[0], self.zone)
            last = day + _DAY if hours[1] == time(0) else day
            closes = moment_of(last, hours[1], self.zone)
            if closes > opens:
                yield opens, closes


@dataclass(frozen=True)
class _Year:
    """The open times of a year, and how much of it has passed when each of them ends.

    What was promised a year ago is asked about as often as what was promised today.
    """

    opens: Sequence[datetime]
    closes: Sequence[datetime]
    until: Sequence[timedelta]

    @classmethod
    def of(cls, open_: Iterable[tuple[datetime, datetime]]) -> "_Year":
        times = list(open_)
        until = accumulate(closes - opens for opens, closes in times)
        return cls([opens for opens, _ in times], [closes for _, closes in times], list(until))

    @property
    def total(self) -> timedelta:
        return self.until[-1] if self.until else timedelta()

    def passed(self, moment: datetime) -> timedelta:
        """Return how much of its time has passed at a moment."""
        place = bisect_right(self.closes, moment)
        before = self.until[place - 1] if place else timedelta()
        if place == len(self.opens):
            return before
        return before + max(moment - self.opens[place], timedelta())

    def at(self, passed: timedelta, moment: datetime) -> datetime | None:
        """Return when so much has passed, not before a moment; None where it is not that year."""
        place = max(bisect_right(self.closes, moment), bisect_left(self.until, passed))
        if place >= len(self.closes):
            return None
        return self.closes[place] - (self.until[place] - passed)


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return a local time as a moment, in UTC.

    One that a change of the clocks skips is as much later as the clocks went forward; of one that
    comes twice it is the first.
    """
    return datetime.combine(day, at, zone).replace(fold=0).astimezone(UTC)


def _minutes(at: time, *, end: bool = False) -> int:
    minutes = at.hour * 60 + at.minute
    return 24 * 60 if end and minutes == 0 else minutes
