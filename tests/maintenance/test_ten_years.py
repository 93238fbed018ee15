"""Every day of ten years in ten zones is planned as a clock on the wall is read.

The reckoning beside it knows neither local arithmetic nor folds: it watches, each quarter of an
hour, what a clock in the zone shows, and notes when it shows a time first. A time that it never
shows is where the old time would have been after the jump.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from fettle.maintenance.calendar import plan
from fettle.model.task import Frequency, OccurrenceState
from tests.maintenance.making import task

ZONES = (
    "Australia/Lord_Howe",  # half an hour
    "Pacific/Apia",  # left out 30 December 2011
    "Africa/Casablanca",  # twice a year by the moon
    "Europe/Dublin",  # the winter is the exception
    "America/New_York",
    "America/Sao_Paulo",  # at midnight, until 2019
    "Asia/Beirut",  # at midnight
    "Pacific/Chatham",  # 02:45 becomes 03:45
    "Antarctica/Troll",  # two hours
    "Asia/Kathmandu",  # never
)
TIMES = ("00:00", "00:30", "01:15", "02:00", "02:15", "02:30", "02:45", "03:30", "12:00", "23:45")
# Each zone's jump passes over at least one of them.
FEW = ("00:00", "01:15", "02:15", "02:45", "12:00")
DECADES = (
    (date(2011, 1, 1), date(2021, 1, 1), FEW),
    pytest.param(date(2011, 1, 1), date(2021, 1, 1), TIMES, marks=pytest.mark.soak),
    pytest.param(date(2026, 1, 1), date(2036, 1, 1), TIMES, marks=pytest.mark.soak),
)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
Wall = datetime  # what a clock on the wall shows: it has no zone


@dataclass(frozen=True)
class Watched:
    """When a clock shows each time first, and what it leaves out: from, to, and when it jumps."""

    first: Mapping[Wall, datetime]
    jumps: list[tuple[Wall, Wall, datetime]]

    def start(self, wall: Wall) -> datetime:
        if wall in self.first:
            return self.first[wall]
        (start,) = [at + (wall - old) for old, new, at in self.jumps if old <= wall < new]
        return start


def watch(zone: ZoneInfo, start: date, end: date) -> Watched:
    first: dict[Wall, datetime] = {}
    jumps = []
    moment = datetime(start.year, start.month, start.day, tzinfo=UTC) - 4 * DAY
    last = datetime(end.year, end.month, end.day, tzinfo=UTC) + 4 * DAY
    before = moment.astimezone(zone).replace(tzinfo=None)
    while moment < last:
        shows = moment.astimezone(zone).replace(tzinfo=None)
        if shows > before + QUARTER:
            jumps.append((before + QUARTER, shows, moment))
        first.setdefault(shows, moment)
        before, moment = shows, moment + QUARTER
    return Watched(first, jumps)


def every_day(start: date, end: date) -> Iterator[date]:
    day = start - 2 * DAY
    while day < end + 2 * DAY:
        yield day
        day += DAY


def last_day(day: date) -> int:
    return max((day + n * DAY).day for n in range(32) if (day + n * DAY).month == day.month)


def comes(frequency: Frequency, day: date) -> bool:
    """Whether a task of the tests comes on a day; see DAYS."""
    match frequency:
        case Frequency.DAILY:
            return True
        case Frequency.WEEKLY:
            return day.strftime("%a") in ("Wed", "Sun")
        case Frequency.MONTHLY:
            return day.day == last_day(day)
        case Frequency.QUARTERLY:
            return day.day == 30 or (day.month == 2 and day.day == last_day(day))
        case Frequency.ANNUAL:
            return day.month == 11 and day.day == 1


DAYS: Mapping[Frequency, dict[str, object]] = {
    Frequency.DAILY: {},
    Frequency.WEEKLY: {"weekdays": frozenset({2, 6})},
    Frequency.MONTHLY: {"day_of_month": 31},
    Frequency.QUARTERLY: {"day_of_month": 30, "months": frozenset({2, 5, 8, 11})},
    Frequency.ANNUAL: {"months": frozenset({11})},
}


@pytest.mark.parametrize(("start", "end", "times"), DECADES, ids=["2011-few", "2011", "2026"])
@pytest.mark.parametrize("name", ZONES)
def test_each_day_is_planned_as_the_clock_on_the_wall_shows_it(
    name: str, start: date, end: date, times: tuple[str, ...]
) -> None:
    watched = watch(ZoneInfo(name), start, end)
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (start, end))
    for frequency in Frequency:
        for at in times:
            wanted = expected(watched, frequency, at, start, end)
            one = task("care", at, frequency, zone=name, cutoff=0.5, days=dict(DAYS[frequency]))
            found = {
                each.local: (each.start, each.cutoff, each.end, each.state)
                for each in plan([one], first, last)
            }
            assert found == wanted, (frequency, at)


def expected(
    watched: Watched, frequency: Frequency, at: str, start: date, end: date
) -> dict[Wall, tuple[datetime, datetime, datetime, OccurrenceState]]:
    quarterly = {2, 5, 8, 11} if frequency is Frequency.QUARTERLY else set(range(1, 13))
    hour, minute = map(int, at.split(":"))
    walls = [
        Wall(day.year, day.month, day.day, hour, minute)
        for day in every_day(start, end)
        if day.month in quarterly and comes(frequency, day)
    ]
    starts = {wall: watched.start(wall) for wall in walls}
    taken: dict[datetime, Wall] = {}
    for wall, moment in starts.items():  # the last of those that begin together is the one
        taken[moment] = max(wall, taken.get(moment, wall))
    two_hours, half = timedelta(hours=2), timedelta(minutes=30)
    return {
        wall: (
            moment,
            moment + two_hours - half,
            moment + two_hours,
            OccurrenceState.PLANNED if taken[moment] == wall else OccurrenceState.SKIPPED,
        )
        for wall, moment in starts.items()
        if start <= moment.date() < end
    }


def test_the_day_that_apia_left_out_is_skipped_and_said() -> None:
    nightly = task("nightly", "02:00", zone="Pacific/Apia")
    found = list(
        plan([nightly], datetime(2011, 12, 29, tzinfo=UTC), datetime(2012, 1, 1, tzinfo=UTC))
    )

    assert [(f"{one.local:%m-%d}", f"{one.start:%m-%d %H:%M}", one.reason) for one in found] == [
        ("12-29", "12-29 12:00", None),
        (
            "12-30",
            "12-30 12:00",
            "the clocks skip that time; it would begin with that of 2011-12-31 02:00",
        ),
        ("12-31", "12-30 12:00", None),
        ("01-01", "12-31 12:00", None),
    ]
