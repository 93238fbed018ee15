"""How a series of figures moved in a span: from which level, how far, beyond how much noise, when.

Series are laid into bins of one width, so that clocks that are apart by less than half a bin, and
samples that were taken at different paces, can be compared. It aligns evidence in time; it is no
detector of anomalies, and nobody is to be woken by it.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fettle.model.incident import Points, Span

# More bins than this cost time and bring nothing: what is shorter than a sixtieth of an incident is
# noise of it.
MOST_BINS = 60
# What is less than this share of a level is rounding, not a change.
_ROUNDING = 0.002
# Fewer points than this say nothing of what is usual.
_FEWEST = 5
# A move by this many spreads is one that nobody would take for noise (see `Movement.strength`).
_PLAIN = 3.0

Bins = Mapping[int, float]


@dataclass(frozen=True)
class Grid:
    """Bins of one width, in seconds; the first one is around the start of the incident."""

    start: float
    end: float
    width: float
    bins: int

    @classmethod
    def over(cls, span: Span, points: Points) -> "Grid":
        """Return bins as wide as the points are apart, or wider where there are too many."""
        within = sorted({at for at, _ in points if at in span})
        apart = [after - before for before, after in pairwise(within)]
        pace = statistics.median(apart) if apart else 0
        width = max(pace, span.length / MOST_BINS) or 1.0
        return cls(span.start, span.end, width, round(span.length / width) + 1)

    def lay(self, points: Points, within: Span) -> dict[int, float]:
        """Return the mean of the points in each bin."""
        sums: dict[int, list[float]] = {}
        for at, value in points:
            if at in within:
                sums.setdefault(round((at - self.start) / self.width), []).append(value)
        return {place: math.fsum(values) / len(values) for place, values in sorted(sums.items())}

    def moment(self, place: int) -> float:
        """Return the moment that a bin is around, or the end of the incident before that."""
        return min(self.start + place * self.width, self.end)


@dataclass(frozen=True)
class Usual:
    """What is usual of a series: its level, and how far values are from it without any trouble.

    `known` is False where there was no normal period to learn it from.
    """

    level: float
    spread: float
    known: bool = True

    @classmethod
    def of(cls, values: Sequence[float]) -> "Usual | None":
        """Return what is usual of values; None where they are too few.

        The spread is that of a normal distribution with the same middle, the same nine tenths, or
        the same 98 %, whichever is the widest: many series stand still and then jump.
        """
        if len(values) < _FEWEST:
            return None
        ordered = sorted(values)
        level = quantile(ordered, 0.5)
        away = sorted(abs(value - level) for value in ordered)
        spreads = (
            1.4826 * quantile(away, 0.5),
            (quantile(ordered, 0.95) - quantile(ordered, 0.05)) / 3.29,
            (quantile(ordered, 0.99) - quantile(ordered, 0.01)) / 4.65,
        )
        return cls(level, max(spreads))


@dataclass(frozen=True)
class Movement:
    """How one series moved while another was in trouble.

    `sign` is 1 where it rose and -1 where it fell. `before` is its level beside the trouble and
    `during` the one in it; `usual` is its normal one. `likeness` says how alike the other series it
    moved, and `apart` how many spreads it moved by. `begins` is when it had left its
    level, as exactly as bins of a `width` in seconds tell.
    """

    metric: str
    sign: int
    before: float
    during: float
    usual: Usual
    likeness: float
    apart: float
    bins: int
    begins: float
    width: float

    @property
    def strength(self) -> float:
        """How surely this is a move and no noise, from 0 to 1."""
        return 1 - math.exp(-((max(0.0, self.apart) / _PLAIN) ** 2))

    @property
    def weight(self) -> float:
        """How surely it moved, and like the other, from 0 to 1."""
        return max(0.0, self.likeness) * self.strength


@dataclass(frozen=True)
class Trouble:
    """The shape of a trouble: how bad each bin was, in any unit, and which bins were bad.

    `calm` says that some bins of the span were good: then series are compared with what they were
    in these; else with what is usual of them. `well` is the shape's value when all is well.
    """

    grid: Grid
    shape: Bins
    bad: frozenset[int]
    well: float
    calm: bool

    @classmethod
    def of(cls, grid: Grid, values: Bins, usual: Usual | None, sign: int) -> "Trouble | None":
        """Return the shape of a series in the span; None where it does not move.

        Bad is what lies nearer to the worst value than to a good one. When even the best is nearer
        to the worst than to what is usual, nothing in the span was good.
        """
        shape = {place: sign * value for place, value in values.items()}
        if not shape:
            return None
        best, worst = min(shape.values()), max(shape.values())
        level = best if usual is None else sign * usual.level
        calm = best - level <= (worst - level) / 2
        well = best if calm else level
        if worst <= well:
            return None
        bad = frozenset(place for place, value in shape.items() if value >= (worst + well) / 2)
        return cls(grid, shape, bad, well, calm)

    @classmethod
    def whole(cls, grid: Grid) -> "Trouble":
        """Return that of a span of which nobody knows which part was bad."""
        places = range(grid.bins)
        return cls(grid, dict.fromkeys(places, 1.0), frozenset(places), 0.0, calm=False)


def moved(
    trouble: Trouble, metric: str, values: Bins, usual: Usual | None, sign: int
) -> Movement | None:
    """Return how a series moved in a trouble; None where too little is known of it.

    `values` are its bins in the span. `sign` says which way is bad: 1 up, -1 down, 0 either.
    """
    common = [place for place in trouble.shape if place in values]
    during = [values[place] for place in common if place in trouble.bad]
    beside = [values[place] for place in common if place not in trouble.bad]
    level = statistics.median(beside) if trouble.calm and beside else None
    known = usual or _from_beside(beside, level)
    if not during or known is None:
        return None
    before = known.level if level is None else level
    height = math.fsum(during) / len(during)
    way = sign or (1 if height >= before else -1)
    spread = max(known.spread, _ROUNDING * max(map(abs, (known.level, before, height))))
    return Movement(
        metric=metric,
        sign=way,
        before=before,
        during=height,
        usual=known,
        likeness=_likeness(
            trouble, values, common, None if level is not None else known.level, way
        ),
        apart=_effect(way, before, height, known) / spread if spread else 0.0,
        bins=len(common),
        begins=trouble.grid.moment(_begin(values, before, height)),
        width=trouble.grid.width,
    )


def _from_beside(beside: Sequence[float], level: float | None) -> Usual | None:
    """Return what is usual by what was beside the trouble alone."""
    if level is None:
        return None
    away = [abs(value - level) for value in beside]
    return Usual(level, 1.4826 * statistics.median(away), known=False)


def _effect(way: int, before: float, height: float, usual: Usual) -> float:
    """Return how far a series went, in its bad direction.

    Beyond what it was before, and beyond what is usual of it, of which an old shift is no part.
    Where it only came back to what is usual a quarter of the way counts: what is usual may be out
    of date.
    """
    beyond = way * (height - before)
    return min(beyond, max(way * (height - usual.level), beyond / 4))


def _likeness(
    trouble: Trouble, values: Bins, common: Sequence[int], level: float | None, way: int
) -> float:
    """Return the correlation with the trouble by bins; less where bins are missing.

    Where nothing in the span was good, it is the mean of two: the correlation in the span, and that
    with as many good bins beside it. The first is right when the normal period is out of date, but
    says nothing of two bins.
    """
    shape = [trouble.shape[place] for place in common]
    own = [way * values[place] for place in common]
    alike = correlation(shape, own)
    if level is not None:
        good = max(_FEWEST, len(common))
        against = correlation([*shape, *[trouble.well] * good], [*own, *[way * level] * good])
        alike = (alike + against) / 2 if len(common) >= 3 else against
    return alike * len(common) / len(trouble.shape)


def _begin(values: Bins, before: float, height: float) -> int:
    """Return the first bin from which on a series was more than half way there, twice in a row.

    A single bin counts where it is the last one, or no two follow each other.
    """
    edge = (before + height) / 2
    over = [place for place, value in values.items() if (value >= edge) == (height >= before)]
    places = list(values)
    after = dict(pairwise(places))
    there = set(over)
    twice = [place for place in over if after.get(place, place) in there]
    return (twice or over or places)[0]


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of ordered values, between its neighbours where it is none of them."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Return Pearson's correlation; 0 where one of both stands still, or they are too few."""
    if len(one) < 3:
        return 0.0
    mean_one, mean_other = math.fsum(one) / len(one), math.fsum(other) / len(other)
    first = [value - mean_one for value in one]
    second = [value - mean_other for value in other]
    length_one, length_other = math.hypot(*first), math.hypot(*second)
    if not length_one or not length_other:
        return 0.0
    return math.fsum(
        (a / length_one) * (b / length_other) for a, b in zip(first, second, strict=True)
    )
