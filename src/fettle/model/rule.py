"""Rules of RFC 5545 (RRULE) that say on which days something comes, and when on them.

A rule knows local days, without a zone, and is asked for a stretch of them: one that gives nothing
ends with the stretch. dateutil's looks for the next day until the year 9999, which takes minutes
for the 30th of February; it is what this one is compared with in the tests.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from functools import lru_cache

_DAY_S = 86_400
_NEVER_DAYS = 41 * 366  # what has not come until then never comes
_NEVER_S = date.max.toordinal() * _DAY_S

Numbers = frozenset[int]


class Period(StrEnum):
    """What a rule chooses days of."""

    DAY = "DAILY"
    WEEK = "WEEKLY"
    MONTH = "MONTHLY"
    YEAR = "YEARLY"


@dataclass(frozen=True)
class Rule:
    """Chooses days of each period, or of each `interval`th from `since` on; nothing is empty.

    `weekdays` are 0 (Monday) to 6; `nth` are such days of the month, or of the year where no month
    is named, counted from its end when negative, as `month_days`, `year_days`, `weeks` and
    `positions` (among the period's days) are. A rule that names no day means the one of `since`,
    else the first of its period. `hours` and `minutes` are used instead of a window's own.
    """

    text: str
    period: Period
    interval: int = 1
    since: date | None = None
    until: datetime | None = None
    count: int | None = None
    months: Numbers = frozenset()
    month_days: Numbers = frozenset()
    year_days: Numbers = frozenset()
    weeks: Numbers = frozenset()
    weekdays: Numbers = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()
    positions: Numbers = frozenset()
    week_start: int = 0
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    every_hours: int | None = None

    def __hash__(self) -> int:
        # Rules are asked for their days over and over: most differ in their texts already.
        return hash((self.text, self.since))

    @property
    def names_days(self) -> bool:
        """Whether it says itself which days of its period it means."""
        return bool(
            self.weekdays or self.nth or self.month_days or self.year_days or self.weeks
        ) or (self.period is Period.DAY)

    def filled(self, weekdays: Numbers | None, day_of_month: int | None) -> "Rule":
        """Return the rule with the days that a window names, where it names none itself."""
        if self.names_days:
            return self
        if day_of_month is not None:
            return replace(self, month_days=frozenset(range(1, 32)))
        if weekdays:
            first = self.period is not Period.WEEK and not self.positions
            return replace(
                self, weekdays=weekdays, positions=frozenset({1}) if first else self.positions
            )
        return self

    def times(self, start: time) -> tuple[int, ...]:
        """Return when it comes on a day, in seconds since midnight; `start` is the window's."""
        hours: Iterable[int] = self.hours or (start.hour,)
        if self.every_hours is not None:
            around = {(start.hour + add) % 24 for add in range(0, 24, self.every_hours)}
            hours = around & set(self.hours) if self.hours else around
        minutes = self.minutes or (start.minute,)
        return tuple(sorted({h * 3600 + m * 60 + start.second for h in hours for m in minutes}))

    def days(self, first: int, last: int) -> tuple[int, ...]:
        """Return the days from `first` to `last` that it chooses, as ordinals, in order."""
        return _days(self, first, last)

    def last_of(self, times: tuple[int, ...]) -> int | None:
        """Return the last second (local, since the year 1) at which it comes by its count."""
        if self.count is None or self.since is None:
            return None
        return _counted(self, (self.since, self.count), times)


@lru_cache(maxsize=8192)
def _days(rule: Rule, first: int, last: int) -> tuple[int, ...]:
    begins = first if rule.since is None else max(first, rule.since.toordinal())
    found: list[int] = []
    for start, end in _PERIODS[rule.period](rule, begins, last):
        fits = [day for day in range(start, end) if _fits(rule, date.fromordinal(day))]
        found += _placed(fits, rule.positions) if rule.positions else fits
    return tuple(day for day in found if begins <= day <= last)


@lru_cache(maxsize=1024)
def _counted(rule: Rule, counted: tuple[date, int], times: tuple[int, ...]) -> int:
    """Return when a rule comes for the last time that counts so many from a day on."""
    since, count = counted
    whole, rest = divmod(count - 1, len(times))
    first = since.toordinal()
    seen: list[int] = []
    while len(seen) <= whole and first < date.max.toordinal() - 366:
        seen += rule.days(first, first + 365)
        first += 366
        if not seen and first - since.toordinal() > _NEVER_DAYS:
            break
    return seen[whole] * _DAY_S + times[rest] if len(seen) > whole else _NEVER_S


# The periods of a stretch of days: each from its first day until before its end


def _each_day(rule: Rule, first: int, last: int) -> Iterator[tuple[int, int]]:
    anchor = rule.since.toordinal() if rule.since else first
    begin = first + (anchor - first) % rule.interval
    return ((day, day + 1) for day in range(begin, last + 1, rule.interval))


def _each_week(rule: Rule, first: int, last: int) -> Iterator[tuple[int, int]]:
    # The first day of all, ordinal 1, is a Monday.
    def start_of(day: int) -> int:
        return day - (day - 1 - rule.week_start) % 7

    step = 7 * rule.interval
    anchor = start_of(rule.since.toordinal()) if rule.since else start_of(first)
    begin = start_of(first)
    begin += (anchor - begin) % step
    return ((day, day + 7) for day in range(begin, last + 1, step))


def _each_month(rule: Rule, first: int, last: int) -> Iterator[tuple[int, int]]:
    def number(day: date) -> int:
        return day.year * 12 + day.month - 1

    begin = number(date.fromordinal(first))
    anchor = number(rule.since) if rule.since else begin
    begin += (anchor - begin) % rule.interval
    for month in range(begin, number(date.fromordinal(last)) + 1, rule.interval):
        year, before = divmod(month, 12)
        if not rule.months or before + 1 in rule.months:
            start = date(year, before + 1, 1).toordinal()
            yield start, start + monthrange(year, before + 1)[1]


def _each_year(rule: Rule, first: int, last: int) -> Iterator[tuple[int, int]]:
    begin = date.fromordinal(first).year
    anchor = rule.since.year if rule.since else begin
    begin += (anchor - begin) % rule.interval
    for year in range(begin, date.fromordinal(last).year + 1, rule.interval):
        start = date(year, 1, 1).toordinal()
        yield start, start + 365 + isleap(year)


_PERIODS: Mapping[Period, Callable[[Rule, int, int], Iterator[tuple[int, int]]]] = {
    Period.DAY: _each_day,
    Period.WEEK: _each_week,
    Period.MONTH: _each_month,
    Period.YEAR: _each_year,
}


# Which days of a period it chooses


def _fits(rule: Rule, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if not rule.names_days:
        return _is_the_one(rule, day)
    return (
        _among(rule.month_days, day.day, monthrange(day.year, day.month)[1])
        and _among(rule.year_days, day.timetuple().tm_yday, 365 + isleap(day.year))
        and (not rule.weeks or _among(rule.weeks, *_week_of(day)))
        and _on_weekday(rule, day)
    )


def _among(wanted: Numbers, number: int, most: int) -> bool:
    return not wanted or number in wanted or number - most - 1 in wanted


def _week_of(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return week, date(year, 12, 28).isocalendar().week


def _on_weekday(rule: Rule, day: date) -> bool:
    if not rule.weekdays and not rule.nth:
        return True
    if day.weekday() in rule.weekdays:
        return True
    wanted = {place for weekday, place in rule.nth if weekday == day.weekday()}
    if not wanted:
        return False
    of_year = rule.period is Period.YEAR and not rule.months
    number = day.timetuple().tm_yday if of_year else day.day
    most = 365 + isleap(day.year) if of_year else monthrange(day.year, day.month)[1]
    return (number + 6) // 7 in wanted or -((most - number) // 7 + 1) in wanted


def _is_the_one(rule: Rule, day: date) -> bool:
    """Whether it is the day of a period of which the rule names none."""
    if rule.period is Period.WEEK:
        return day.weekday() == (rule.since.weekday() if rule.since else rule.week_start)
    of_year = rule.period is Period.YEAR and not rule.months
    month = rule.since.month if rule.since else 1
    return day.day == (rule.since.day if rule.since else 1) and not (of_year and day.month != month)


def _placed(fits: list[int], positions: Numbers) -> list[int]:
    many = len(fits)
    places = {place - 1 if place > 0 else many + place for place in positions}
    return [fits[place] for place in sorted(places) if 0 <= place < many]
