"""Quantiles of a stream in little memory: buckets that grow by two percent each.

The idea is DDSketch's (https://arxiv.org/abs/1908.10693): a quantile is known to lie within one
bucket, so it is given as that, and buckets of two sketches can be added up.
"""

import math
from collections import Counter
from dataclasses import dataclass, field

from fettle.model.readings import Between

_GROWTH = 1.01 / 0.99  # within one percent of the middle
_LOG_OF_GROWTH = math.log(_GROWTH)
_SMALLEST = 0.001  # seconds: no server writes more exactly than that, and many write 0.000


@dataclass
class Sketch:
    """How long many things took, in seconds."""

    buckets: Counter[int] = field(default_factory=Counter)
    at_once: int = 0  # below the smallest
    sum_s: float = 0.0
    least: float = math.inf
    most: float = 0.0

    @property
    def count(self) -> int:
        """How many there were."""
        return self.at_once + self.buckets.total()

    @property
    def mean_s(self) -> float | None:
        """How long they took on average; None when there was none."""
        return self.sum_s / self.count if self.count else None

    def add(self, seconds: float, times: int = 1) -> None:
        """Count something that took so long; what is negative took no time."""
        seconds = max(0.0, seconds)
        self.sum_s += seconds * times
        self.least, self.most = min(self.least, seconds), max(self.most, seconds)
        if seconds < _SMALLEST:
            self.at_once += times
        else:
            self.buckets[math.ceil(math.log(seconds) / _LOG_OF_GROWTH)] += times

    def join(self, other: "Sketch") -> None:
        """Count what another has counted."""
        self.buckets.update(other.buckets)
        self.at_once += other.at_once
        self.sum_s += other.sum_s
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)

    def quantile(self, share: float) -> Between | None:
        """Return between which times that share of all took at most; None when there was none."""
        rank = math.ceil(share * self.count)
        if not self.count:
            return None
        if (seen := self.at_once) >= rank:
            return Between(0.0, min(_SMALLEST, self.most) if self.buckets else self.most)
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                break
        below, above = _GROWTH ** (bucket - 1), _GROWTH**bucket
        return Between(max(below, self.least), min(above, self.most))
