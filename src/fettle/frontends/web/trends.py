"""How often something came, day by day or hour by hour: as a line, and in words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from fettle.frontends.web.panels import titled, told
from fettle.model.quantity import say_duration
from fettle.store.samples import Line, Series, Span

_WIDE, _HIGH, _MARGIN = 120, 28, 2
_APART = "|"  # between two lines of one trend, as parts.html draws them
_YOUNG = timedelta(days=2)
_HOURS = 48


@dataclass(frozen=True)
class Trend:
    """A line of a chart without axes, and what it says to those who cannot see it."""

    points: str
    says: str


def of_days(counted: Mapping[date, int], now: datetime, back: timedelta) -> Trend:
    """Return the trend of the last days, today with them; days that were not counted had none."""
    numbers = [counted.get(day, 0) for day in days(now, back)]
    says = (
        f"{sum(numbers):,} in {len(numbers)} days, at most {max(numbers):,} a day, "
        f"{numbers[-1]:,} today"
    )
    return Trend(points(numbers), says)


def by_days(counted: Iterable[tuple[datetime, int]]) -> Mapping[date, int]:
    """Return what was counted by hours by the days of UTC."""
    found: Counter[date] = Counter()
    for hour, number in counted:
        found[hour.astimezone(UTC).date()] += number
    return found


def days(now: datetime, back: timedelta) -> Sequence[date]:
    """Return the last days, of UTC, the first first; today is the last of them."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=number) for number in range(back.days - 1, -1, -1)]


@dataclass(frozen=True)
class Chart:
    """How often something came in each hour or day, which begin at `times`, in Unix seconds."""

    every: Literal["hour", "day"]
    times: Sequence[int]
    numbers: Sequence[int]


def chart(
    counted: Mapping[datetime, int], first: datetime, now: datetime, back: timedelta
) -> Chart:
    """Return what was counted by hours: of what is new hour by hour, else day by day of UTC."""
    if now - first < _YOUNG:
        last = now.replace(minute=0, second=0, microsecond=0)
        hours = [last - timedelta(hours=number) for number in range(_HOURS - 1, -1, -1)]
        return Chart("hour", _seconds(hours), [counted.get(hour, 0) for hour in hours])
    found, last_days = by_days(counted.items()), days(now, back)
    midnights = [datetime.combine(day, time(), UTC) for day in last_days]
    return Chart("day", _seconds(midnights), [found.get(day, 0) for day in last_days])


def _seconds(moments: Sequence[datetime]) -> Sequence[int]:
    return [int(moment.timestamp()) for moment in moments]


def of_figure(one: Series, line: Line, span: Span) -> Trend:
    """Return the trend of a figure; steps in which nobody measured it are a gap."""
    least, most = min(line.mean), max(line.mean)
    between = f"{told(one.metric, least)} to {told(one.metric, most)}"
    says = f"{titled(one.metric)}: {between} in {say_duration(span.until - span.since)}"
    length, step = (int(part.total_seconds()) for part in (span.until - span.since, span.step))
    high, runs = _HIGH - 2 * _MARGIN, list[list[str]]()
    before = None
    for at, mean in zip(line.at, line.mean, strict=True):
        if before is None or at - before > step:
            runs.append([])
        place = max(at - span.since.timestamp(), 0) * _WIDE / length
        height = _HIGH - _MARGIN - mean * high / (most or 1)
        runs[-1].append(f"{place:.1f},{height:.1f}")
        before = at
    return Trend(_APART.join(" ".join(run if len(run) > 1 else run * 2) for run in runs), says)


def points(numbers: Sequence[int]) -> str:
    """Return the points of a line, evenly spread, from nothing at the bottom to the most."""
    most, last = max(numbers, default=0) or 1, max(len(numbers) - 1, 1)
    high = _HIGH - 2 * _MARGIN
    return " ".join(
        f"{place * _WIDE / last:.1f},{_HIGH - _MARGIN - number * high / most:.1f}"
        for place, number in enumerate(numbers)
    )
