"""What the browsers of people told of a site's pages, counted: nobody is known by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, exp, log, sqrt

from fettle.model.measurement import Profile, Rating, Thresholds

# The figures that a browser can tell, with the largest that one is believed to be.
LARGEST: Mapping[str, float] = {
    "ttfb": 600_000.0,
    "fcp": 600_000.0,
    "lcp": 600_000.0,
    "inp": 600_000.0,
    "cls": 100.0,
}
_QUANTILE = 0.75  # see web.dev/articles/defining-core-web-vitals-thresholds
_SURE = 1.96  # standard deviations on either side, in which it lies 19 times of 20
_STEP = log(1.02)  # buckets grow by 2 %: a value is told to 1 %
_FINEST = {"cls": 0.001}  # what is below is nothing; of times it is a millisecond

Counts = Sequence[int]


@dataclass(frozen=True)
class Beacon:
    """What one visit to a page came to, when the page was first left."""

    page: str
    profile: Profile
    figures: Mapping[str, float]


@dataclass(frozen=True)
class FieldMetric:
    """A figure of a page in the field: the 75th percentile, and between what it surely lies."""

    name: str
    p75: float
    surely: tuple[float, float]
    visits: int
    thresholds: Thresholds | None = None

    @property
    def rating(self) -> Rating | None:
        """What the percentile is called by today's definitions."""
        return None if self.thresholds is None else self.thresholds.rating(self.p75)


@dataclass(frozen=True)
class Field:
    """What the visits to a page came to, under one profile, since a day."""

    site: str
    page: str
    profile: Profile
    since: date
    until: date
    metrics: Mapping[str, FieldMetric]

    @property
    def visits(self) -> int:
        """How many visits told anything."""
        return max((one.visits for one in self.metrics.values()), default=0)


def bucket_of(metric: str, value: float) -> int:
    """Return the number of the bucket that a value is counted in."""
    finest = _FINEST.get(metric, 1.0)
    return 0 if value < finest else 1 + round(log(value / finest) / _STEP)


def value_of(metric: str, bucket: int) -> float:
    """Return the value in the middle of a bucket."""
    return 0.0 if bucket == 0 else _FINEST.get(metric, 1.0) * exp((bucket - 1) * _STEP)


def added(one: Counts, other: Counts) -> list[int]:
    """Return two counts together."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    return [*map(sum, zip(longer, shorter, strict=False)), *longer[len(shorter) :]]


def percentile(metric: str, counts: Counts, limits: Thresholds | None) -> FieldMetric | None:
    """Return a figure by how many visits were in each bucket; None for no visit."""
    visits = sum(counts)
    if not visits:
        return None

    def at(rank: float) -> float:
        wanted, below = min(visits, max(1, ceil(rank))), 0
        for bucket, count in enumerate(counts):
            below += count
            if below >= wanted:
                return value_of(metric, bucket)
        raise AssertionError("a rank is one of the visits")

    # ranks of a percentile of a sample are binomial, whatever the values are like
    middle, spread = visits * _QUANTILE, _SURE * sqrt(visits * _QUANTILE * (1 - _QUANTILE))
    surely = at(middle - spread), at(middle + spread + 1)
    return FieldMetric(metric, at(middle), surely, visits, limits)
