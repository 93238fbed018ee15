"""What can be asked of metrics, whoever keeps them: the last values, and what was added in a span.

A series that is not there gives no sample, never a zero; values that are no numbers are none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

Labels = tuple[str, ...]
How = Literal["sum", "max", "min", "count"]

# What figures of "now" are about: long enough for two scrapes a minute apart, and short enough to
# be now.
WINDOW = timedelta(minutes=5)
# Of routes, queues, devices as many as anybody reads.
MOST = 50
# Routes can be whole addresses, as somebody has made them up.
LONGEST = 200


@dataclass(frozen=True)
class Sample:
    """A value, and the labels that tell it from others."""

    labels: Mapping[str, str]
    value: float

    def first(self, names: Labels) -> str:
        """Return the value of the first of these labels that it has, or an empty text."""
        return next((self.labels[name] for name in names if self.labels.get(name)), "")


@dataclass(frozen=True)
class Bucket:
    """How many values lie above `least` and up to `most`."""

    least: float
    most: float
    count: float


@dataclass(frozen=True)
class Histogram:
    """What was observed in a span, by buckets, the lowest first."""

    labels: Mapping[str, str]
    buckets: Sequence[Bucket] = field(repr=False)


@dataclass(frozen=True)
class Only:
    """Series of which a label's whole value fits a pattern; RE2 and Python read it alike."""

    label: str
    pattern: str

    @classmethod
    def any_of(cls, label: str, values: Sequence[str]) -> "Only":
        """Return that a label has one of these values, whatever is in them."""
        return cls(label, "|".join(map(re.escape, values)))


@dataclass(frozen=True)
class Whose:
    """Whose figures they are: a service's by its name, or those of each job by the job's."""

    service: str | None

    @property
    def by(self) -> Labels:
        """The labels that tell one from the other."""
        return () if self.service is not None else ("job",)

    def named(self, labels: Mapping[str, str], *parts: str) -> str:
        """Return a lasting name: the service or job, and the values of these labels."""
        owner = self.service or labels.get("job") or "?"
        return " ".join([owner, *(labels[part] for part in parts if labels.get(part))])

    def machine(self, labels: Mapping[str, str], *parts: str) -> str:
        """Return the name of a machine, or of a part of it: its address, as far as it is told."""
        owner = labels.get("instance") or self.service or labels.get("job") or "?"
        return ":".join([owner, *(labels[part] for part in parts if labels.get(part))])


class Figures(Protocol):
    """Where metrics are kept. Each of its questions raises CannotLook."""

    @property
    def whose(self) -> Whose:
        """Whose they are."""

    async def names(self) -> frozenset[str]:
        """Return the names of the metrics that are there."""

    async def now(self) -> datetime:
        """Return the moment that the last values are of, by the clock of who keeps them."""

    async def last(
        self, name: str, by: Labels = (), how: How = "sum", only: Only | None = None
    ) -> Sequence[Sample]:
        """Return the last values; `count` is how many series there are."""

    async def lowest(
        self, name: str, by: Labels, over: timedelta, only: Only | None = None
    ) -> Sequence[Sample]:
        """Return the lowest values in a span, summed."""

    async def grown(
        self,
        name: str,
        by: Labels = (),
        *,
        over: timedelta | None = None,
        busiest: int | None = None,
        only: Only | None = None,
    ) -> Sequence[Sample]:
        """Return what was added to counters, those that began anew too; of those the `busiest`.

        `over` is WINDOW, where nothing else is wanted and it is known. A native histogram has its
        `_count` and its `_sum` like others.
        """

    async def histograms(
        self, name: str, by: Labels = (), *, only: Only | None = None
    ) -> Sequence[Histogram]:
        """Return what was observed lately.

        Several that do not have the same buckets are told in those that all of them have.
        """

    async def climbed(self, name: str, by: Labels, only: Only | None = None) -> Sequence[Sample]:
        """Return by how much in an hour the lowest values rose, of what has run for an hour."""

    async def risen(
        self, name: str, by: Labels, over: timedelta, only: Only | None = None
    ) -> Sequence[Sample]:
        """Return by how much values are above those of a span ago; negative, where they fell."""

    async def changed(self, name: str, by: Labels, over: timedelta) -> Sequence[Sample]:
        """Return how often values changed in a span."""

    async def fallen(self, name: str, by: Labels, over: timedelta) -> Sequence[Sample]:
        """Return how often values fell in a span."""

    async def span(self) -> timedelta:
        """Return the span that `grown` and `histograms` tell of, where no other is wanted."""

    async def reaches(self, name: str, past: timedelta) -> bool:
        """Whether a metric was there so long ago."""

    def doubts(self) -> Sequence[str]:
        """Return why what was told may not be all."""
