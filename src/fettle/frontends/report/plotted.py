"""A chart of a report as it is drawn, on a page or on paper alike: where lines and ticks are.

Places are shares of the room for the drawing: 0 is its left or its bottom, 1 its right or its top.
Where nothing was measured for long the line has a gap. A line of more points than can be seen keeps
the least and the most of what stands together.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

from fettle.model.quantity import say_figure
from fettle.model.report import Chart, Curve, Point

_MOST_POINTS = 600
_GAP = 3  # times the usual distance of two points
_ACROSS, _UP = 7, 5  # ticks at most
_YEAR_9999, _MOST = 253_370_764_800, 1e24

_DAY = 86_400
_STEPS_ACROSS = (
    *(60, 300, 900, 1_800),
    *(hours * 3_600 for hours in (1, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 7, 14, 28, 91, 182, 364, 1_820)),
)
# What a scale of times or bytes is counted in, by how much it goes up to.
_TIMES = ((2 * _DAY, _DAY), (2 * 3_600, 3_600), (120, 60), (2, 1), (0, 0.001))
_SIZES = tuple((1024**power, 1024**power) for power in (5, 4, 3, 2, 1, 0))


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Figures:
    """What a line shows, in words, for those who do not see it."""

    first: str
    last: str
    least: str
    most: str


@dataclass(frozen=True)
class Line:
    """A line: its pieces, in each of which nothing is missing; a piece of one point is a dot."""

    name: str
    pieces: Sequence[Sequence[Point]]
    figures: Figures


@dataclass(frozen=True)
class Plot:
    """A chart as it is drawn; `since` and `until` are when its points are from."""

    title: str
    across: Sequence[Tick]
    up: Sequence[Tick]
    lines: Sequence[Line]
    since: datetime
    until: datetime

    @property
    def says(self) -> str:
        """What it shows, in a sentence."""
        told = (
            f"{one.name}: first {one.figures.first}, last {one.figures.last}, "
            f"least {one.figures.least}, most {one.figures.most}"
            for one in self.lines
        )
        return f"{self.title}, {said(self.since)} to {said(self.until)}. {'; '.join(told)}."


def plot(chart: Chart) -> Plot | None:
    """Return a chart as it is drawn; None where it has no point at all."""
    curves = [one for curve in chart.curves if (one := _sensible(curve)).points]
    if not curves:
        return None
    moments = [at for curve in curves for at, _ in curve.points]
    values = [value for curve in curves for _, value in curve.points]
    start, end = min(moments), max(moments)
    bottom, top, step = _scale(min(values), max(values), chart.unit)
    across, up = _Range(start, end), _Range(bottom, top)
    return Plot(
        chart.title,
        [Tick(across.share(at), text) for at, text in _dates(start, end)],
        [Tick(up.share(one), _figure(one, chart.unit)) for one in _steps(bottom, top, step)],
        [
            Line(curve.name, list(_pieces(curve, across, up)), figures(curve, chart.unit))
            for curve in curves
        ],
        datetime.fromtimestamp(start, UTC),
        datetime.fromtimestamp(end, UTC),
    )


def figures(curve: Curve, unit: str) -> Figures:
    """Return the first, last, least and most of a curve that has points, in words."""
    values = [value for _, value in curve.points]
    return Figures(
        *(_figure(one, unit) for one in (values[0], values[-1], min(values), max(values)))
    )


def said(at: datetime) -> str:
    """Return a moment, for eyes."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


@dataclass(frozen=True)
class _Range:
    """From a number to a number; one that is empty is drawn in the middle."""

    start: float
    end: float

    def share(self, value: float) -> float:
        length = self.end - self.start
        return (value - self.start) / length if length else 0.5


def _sensible(curve: Curve) -> Curve:
    """Return a curve without what is no moment, and no figure of anything."""
    kept = sorted(
        (at, value) for at, value in curve.points if 0 <= at < _YEAR_9999 and abs(value) < _MOST
    )
    return Curve(curve.name, tuple(kept))


def _figure(value: float, unit: str) -> str:
    return say_figure(value, unit) if value else "0"


# Lines


def _pieces(curve: Curve, across: _Range, up: _Range) -> Iterator[Sequence[Point]]:
    steps = [later[0] - earlier[0] for earlier, later in pairwise(curve.points)]
    longest = _GAP * median(steps) if steps else 0
    piece: list[Point] = []
    for point in _thinned(curve.points):
        if piece and point[0] - piece[-1][0] > max(longest, _width(curve.points)):
            yield _placed(piece, across, up)
            piece = []
        piece.append(point)
    yield _placed(piece, across, up)


def _width(points: Sequence[Point]) -> float:
    """Return how far apart points may be only because others were left out."""
    thin = len(points) <= _MOST_POINTS
    return 0 if thin else 4 * (points[-1][0] - points[0][0]) / _MOST_POINTS


def _placed(piece: Sequence[Point], across: _Range, up: _Range) -> Sequence[Point]:
    return [(across.share(at), up.share(value)) for at, value in piece]


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    """Return points of which the least and the most of each stretch are kept."""
    if len(points) <= _MOST_POINTS:
        return points
    size = math.ceil(len(points) / (_MOST_POINTS / 2))
    kept: list[Point] = []
    for begin in range(0, len(points), size):
        group = points[begin : begin + size]
        ends = {min(group, key=lambda one: one[1]), max(group, key=lambda one: one[1])}
        kept.extend(sorted(ends))
    return kept


# Scales


def _scale(least: float, most: float, unit: str) -> tuple[float, float, float]:
    """Return from where to where a scale goes, and its step; from zero where that is not far."""
    largest = max(abs(least), abs(most))
    bottom = 0.0 if 0 <= least <= most / 2 else least
    length = most - bottom
    if length <= largest * 1e-9:  # it is one figure, drawn in the middle of its scale
        length = max(largest, 1e-12)
    counted = _counted_in(unit, largest)
    step = _nice(length / counted / _UP) * counted
    low = math.floor(bottom / step) * step
    high = math.ceil(most / step) * step
    return low, high if high > low else low + step, step


def _counted_in(unit: str, most: float) -> float:
    table = {"s": _TIMES, "bytes": _SIZES}.get(unit)
    if table is None:
        return 1.0
    return float(next((size for least, size in table if most >= least), 1))


def _nice(step: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(times * power for times in (1, 2, 5, 10) if times * power >= step * (1 - 1e-9))


def _steps(bottom: float, top: float, step: float) -> Sequence[float]:
    return [bottom + number * step for number in range(round((top - bottom) / step) + 1)]


def _dates(start: float, end: float) -> Iterator[tuple[float, str]]:
    """Yield moments of UTC between two, as many as there is room for, and how they are said."""
    step = next((one for one in _STEPS_ACROSS if (end - start) / one <= _ACROSS), _STEPS_ACROSS[-1])
    first = math.ceil(start / step) * step
    for number in range(int((end - first) // step) + 1 if end >= first else 0):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=first + number * step)
        yield first + number * step, _short(moment, step)


def _short(moment: datetime, step: int) -> str:
    if step >= 182 * _DAY:
        return f"{moment:%b %Y}"
    if step >= _DAY or (moment.hour, moment.minute) == (0, 0):
        return f"{moment.day} {moment:%b}"
    return f"{moment:%H:%M}"
