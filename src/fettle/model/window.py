"""Times that come again: when maintenance may run, and when alerts are muted for it.

1. A start that a change of the clocks skips is as much later as they went forward; one that comes
   twice is the first.
2. A window lasts its real length, across midnight and across a change of the clocks, and belongs
   to the day on which it starts.
3. The 31st of a shorter month is its last day; what a rule of RFC 5545 says of it is as it has it.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from operator import itemgetter
from zoneinfo import ZoneInfo

from fettle.model.calendar import moment_of
from fettle.model.rule import Numbers, Rule

_DAY = timedelta(days=1)
_DAY_S = 86_400
_LONGEST = timedelta(days=7)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - local times have no zone
# Leap days come every eight years at the least, and a weekday falls on one within 40.
_FIRST_LOOK, _FARTHEST_LOOK = 366, 41 * 366
_SOMETIME = date(2024, 1, 1)
# How far back the last slot before a moment is looked for, in days.
_BACK = (2, 40, 400, 4000)

_Fitting = tuple[Numbers | None, int | None, Numbers | None, Rule | None]
Slot = tuple[int, int]  # a start: in local seconds since 1970, and in seconds since 1970 in UTC


@dataclass(frozen=True)
class Opening:
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

    `weekdays` are 0 (Monday) to 6, `day_of_month` is 1 to 31, `months` are 1 to 12; `rule` gives
    days, of which those then choose, and may give other times than `start`. Raises ValueError for
    a window that is never open, or longer than a week.
    """

    start: time
    zone: ZoneInfo
    duration: timedelta
    cutoff: timedelta = timedelta(0)
    weekdays: frozenset[int] | None = None
    day_of_month: int | None = None
    months: frozenset[int] | None = None
    rule: Rule | None = None

    def __post_init__(self) -> None:
        if not timedelta(0) < self.duration <= _LONGEST:
            raise ValueError("a window is open for some time, and for a week at most")
        if not timedelta(0) <= self.cutoff < self.duration:
            raise ValueError("the cutoff is shorter than the window")
        if not self._ever_opens():
            raise ValueError("a window opens sometime; no day fits all that this one says")

    def openings(self, start: datetime, end: datetime) -> Iterator[Opening]:
        """Yield the times that it opens at or after `start` and before `end`, in order."""
        for slot in self.slots(seconds_of(start), seconds_of(end)):
            yield self.opening(slot)

    def open_at(self, moment: datetime) -> Opening | None:
        """Return the opening that a moment is in, the one that ends last where they overlap."""
        now = seconds_of(moment)
        length = round(self.duration.total_seconds())
        found = [slot for slot in self.slots(now - length, now + 1) if slot[1] + length > now]
        return self.opening(found[-1]) if found else None

    def slots(self, start: int, end: int) -> Sequence[Slot]:
        """Return the starts from `start` until before `end`, in seconds since 1970, in order."""
        first, last = start // _DAY_S + _EPOCH_DAY - 2, end // _DAY_S + _EPOCH_DAY + 2
        stretch = max(first, 2), min(last, date.max.toordinal() - 1)
        fitting = (self.weekdays, self.day_of_month, self.months, self.rule)
        plain, changing = _midnights(self.zone, fitting, stretch)
        found = [
            (local + second, at + second)
            for second in self.times
            for local, at in plain
            if start <= at + second < end
        ]
        for day in changing:
            for second in self.times:
                at = _exactly(day, second, self.zone)
                if start <= at < end:
                    found.append(((day - _EPOCH_DAY) * _DAY_S + second, at))
        if changing or len(self.times) > 1:
            found.sort(key=itemgetter(1, 0))
        return found if self.rule is None else self._until_its_end(self.rule, found)

    def last_before(self, moment: int) -> Slot | None:
        """Return the last start before a moment; None where there is none within ten years."""
        for days in _BACK:
            if found := self.slots(moment - days * _DAY_S, moment):
                return found[-1]
        return None

    def opening(self, slot: Slot) -> Opening:
        """Return the time that it is open from a start on."""
        begins = at(slot[1])
        ends = begins + self.duration
        return Opening(local_of(slot[0]), begins, ends - self.cutoff, ends)

    @property
    def times(self) -> tuple[int, ...]:
        """When it opens on a day, in seconds since midnight."""
        if self.rule is not None:
            return self.rule.times(self.start)
        return (self.start.hour * 3600 + self.start.minute * 60 + self.start.second,)

    def _ever_opens(self) -> bool:
        rule = self.rule
        if not self.times or not _ever_fits(self.weekdays, self.day_of_month, self.months, rule):
            return False
        if rule is None or (rule.until is None and rule.count is None):
            return True
        last = rule.until.date() if rule.until is not None else rule.since or _SOMETIME
        first = rule.since or last - _FIRST_LOOK * _DAY
        start, end = ((day.toordinal() - _EPOCH_DAY) * _DAY_S for day in (first, last))
        return any(
            self.slots(start - _DAY_S, max(start, end) + days * _DAY_S)
            for days in (_FIRST_LOOK, _FARTHEST_LOOK)
        )

    def _until_its_end(self, rule: Rule, found: list[Slot]) -> Sequence[Slot]:
        """Return the starts that come before a rule has ended."""
        until = rule.until
        if until is not None and until.tzinfo is not None:
            return [slot for slot in found if slot[1] <= seconds_of(until)]
        if until is not None:
            last = round((until - _LOCAL_EPOCH).total_seconds())
            return [slot for slot in found if slot[0] <= last]
        if (counted := rule.last_of(self.times)) is not None:
            return [slot for slot in found if slot[0] + _EPOCH_DAY * _DAY_S <= counted]
        return found


def seconds_of(moment: datetime) -> int:
    """Return the seconds since 1970 until a moment; what lies between two is the later one."""
    return -((_EPOCH - moment) // timedelta(seconds=1))


def at(seconds: int) -> datetime:
    """Return the moment that many seconds after the beginning of 1970, in UTC."""
    return _EPOCH + timedelta(seconds=seconds)


def local_of(seconds: int) -> datetime:
    """Return a local time, without a zone, from its seconds since 1970."""
    return _LOCAL_EPOCH + timedelta(seconds=seconds)


def _exactly(day: int, second: int, zone: ZoneInfo) -> int:
    """Return the moment of a local time on a day on which the clocks change."""
    return seconds_of(moment_of(date.fromordinal(day), local_of(second).time(), zone))


class _Offsets(dict[int, int | None]):
    """How far a zone is from UTC on each day, in seconds; None on days on which that changes."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, day: int) -> int | None:
        begins, ends = (self._at_midnight(one) for one in (day, day + 1))
        offset = begins if begins == ends else None
        self[day] = offset
        return offset

    def _at_midnight(self, day: int) -> int:
        midnight = moment_of(date.fromordinal(day), time(), self._zone)
        return (day - _EPOCH_DAY) * _DAY_S - seconds_of(midnight)


@cache
def _offsets_of(zone: ZoneInfo) -> _Offsets:
    return _Offsets(zone)


@lru_cache(maxsize=4096)
def _midnights(
    zone: ZoneInfo, fitting: _Fitting, stretch: tuple[int, int]
) -> tuple[Sequence[Slot], Sequence[int]]:
    """Return when the days that fit begin, and those of them on which the clocks change.

    Windows that open on the same days in the same zone share them.
    """
    offsets = _offsets_of(zone)
    plain, changing = [], []
    for day in _fitting(*fitting, stretch):
        local = (day - _EPOCH_DAY) * _DAY_S
        if (offset := offsets[day]) is None:
            changing.append(day)
        else:
            plain.append((local, local - offset))
    return plain, changing


@lru_cache(maxsize=4096)
def _fitting(
    weekdays: Numbers | None,
    day_of_month: int | None,
    months: Numbers | None,
    rule: Rule | None,
    stretch: tuple[int, int],
) -> tuple[int, ...]:
    """Return the days of a stretch that fit; windows that open on the same days share them."""
    first, last = stretch
    days = range(first, last + 1) if rule is None else rule.days(first, last)
    if weekdays is not None:  # the first day of all, ordinal 1, is a Monday
        days = tuple(day for day in days if (day - 1) % 7 in weekdays)
    if months is None and day_of_month is None:
        return tuple(days)
    return tuple(day for day in days if _in_month(date.fromordinal(day), day_of_month, months))


def _in_month(day: date, day_of_month: int | None, months: Numbers | None) -> bool:
    if months is not None and day.month not in months:
        return False
    if day_of_month is None:
        return True
    return day.day == min(day_of_month, monthrange(day.year, day.month)[1])


@cache
def _ever_fits(
    weekdays: Numbers | None, day_of_month: int | None, months: Numbers | None, rule: Rule | None
) -> bool:
    """Whether any day fits, before a rule has ended."""
    since = rule.since if rule is not None and rule.since is not None else _SOMETIME
    until = rule.until.date() if rule is not None and rule.until is not None else date.max - _DAY
    first = min(since, until).toordinal() - (_FIRST_LOOK if until < since else 0)
    for days in (_FIRST_LOOK, _FARTHEST_LOOK):
        last = min(first + days, until.toordinal())
        if _fitting(weekdays, day_of_month, months, rule, (max(first, 1), last)):
            return True
    return False
