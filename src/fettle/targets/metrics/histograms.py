"""Quantiles from histograms: the interval that the buckets allow, never a point in it. Pure.

A true p95 of 2.95 s lies in the bucket from 2.5 to 5 s, and that is all that the histogram knows;
one whose last bound is 1 s knows of anything slower only that it was slower than a second.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from fettle.model.readings import Between
from fettle.targets.metrics.figures import Bucket, Histogram, Sample

_JITTER = 1e-9


def between(histogram: Histogram, part: float, unit_s: float = 1) -> Between | None:
    """Return where the value lies that this part of all does not exceed; None of nothing.

    `unit_s` is how many seconds the histogram's unit is.
    """
    total = sum(bucket.count for bucket in histogram.buckets)
    if total <= 0:
        return None
    seen = 0.0
    for bucket in histogram.buckets:
        seen += bucket.count
        if bucket.count > 0 and seen >= part * total * (1 - _JITTER):
            return Between(max(bucket.least, 0) * unit_s, bucket.most * unit_s)
    return None


def classic(
    grown: Iterable[Sample], series: Iterable[Sample], by: Sequence[str]
) -> Sequence[Histogram]:
    """Return histograms of what was added to each bound of them, and of how many series have it.

    A bound that not all of a histogram's series have says too little: only those stay that all of
    them share. Bounds are numbers: `1` and `1.0` are the same.
    """
    added: dict[tuple[str, ...], dict[float, float]] = defaultdict(lambda: defaultdict(float))
    having: dict[tuple[str, ...], dict[float, float]] = defaultdict(lambda: defaultdict(float))
    for told, kept in ((grown, added), (series, having)):
        for sample in told:
            key = tuple(sample.labels.get(name, "") for name in by)
            if (bound := _bound(sample.labels.get("le", ""))) is not None:
                kept[key][bound] += sample.value
    found = []
    for key, bounds in added.items():
        most = max(having[key].values(), default=0)
        shared = {le: count for le, count in bounds.items() if having[key].get(le, most) >= most}
        if math.inf in shared:
            found.append(Histogram(dict(zip(by, key, strict=True)), _buckets(shared)))
    return found


def _bound(text: str) -> float | None:
    try:
        bound = float(text)
    except ValueError:
        return None
    return None if math.isnan(bound) else bound


def _buckets(bounds: Mapping[float, float]) -> list[Bucket]:
    """Return each bucket's own count; counts up to a bound never fall from one to the next."""
    buckets, least, before = [], 0.0, 0.0
    for most in sorted(bounds):
        upto = max(bounds[most], before)
        buckets.append(Bucket(least, most, upto - before))
        least, before = most, upto
    return buckets


def summary(samples: Sequence[Sample], part: float, unit_s: float = 1) -> Between | None:
    """Return where a quantile lies of which a summary's quantiles are told.

    Those of several instances lie around that of all of them together: it is no lower than the
    lowest, and no higher than the highest.
    """
    told = [(_bound(sample.labels.get("quantile", "")), sample.value) for sample in samples]
    known = [(at, value * unit_s) for at, value in told if at is not None]
    below = [value for at, value in known if at == max(_upto(known, part), default=None)]
    above = [value for at, value in known if at == min(_from(known, part), default=None)]
    if not below and not above:
        return None
    return Between(min(below, default=0.0), max(above, default=math.inf))


def _upto(known: Sequence[tuple[float, float]], part: float) -> Sequence[float]:
    return [at for at, _ in known if at <= part + _JITTER]


def _from(known: Sequence[tuple[float, float]], part: float) -> Sequence[float]:
    return [at for at, _ in known if at >= part - _JITTER]
