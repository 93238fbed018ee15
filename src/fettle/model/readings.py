"""What can be read of a target that is no database: the rows that checks judge, whoever read them.

A source (model.ports.Source) says of which of these kinds it knows something. A figure that is not
known is None, never zero; what could not be read at all is an Unknown among the readings. Moments
have a zone, spans are timedeltas, shares are Ratios, and `over` is the span that a figure is about.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from fettle.model.finding import Scalar
from fettle.model.quantity import Bytes, Ratio, say_duration


@dataclass(frozen=True)
class Between:
    """A span of time that is known to lie between two: what the buckets of a histogram allow.

    `most` is infinite where the histogram ends below it. Both are seconds.
    """

    least: float
    most: float

    @classmethod
    def exactly(cls, seconds: float) -> "Between":
        """Return what was measured one by one."""
        return cls(seconds, seconds)

    @property
    def bounded(self) -> bool:
        """Whether it is known what it is below."""
        return not math.isinf(self.most)

    def __str__(self) -> str:
        least = say_duration(timedelta(seconds=self.least))
        if self.least == self.most:
            return least
        if not self.bounded:
            return f"≥ {least}"
        most = say_duration(timedelta(seconds=self.most))
        return least if least == most else f"{least} – {most}"


@dataclass(frozen=True)
class Responses:
    """How long a service took to answer; `route` None is all of them together.

    `requests` were answered in the span; `mean` and the quantiles are None where the source does
    not know them.
    """

    subject: str
    route: str | None
    requests: float
    over: timedelta
    p50: Between | None = None
    p95: Between | None = None
    p99: Between | None = None
    mean_s: float | None = None

    @property
    def per_s(self) -> float | None:
        """How many were answered in a second; None where the span is none."""
        return _per_s(self.requests, self.over)


@dataclass(frozen=True)
class Failures:
    """How many of a service's requests failed by its own fault (5xx, or what its source counts).

    `worst` are rows about the most frequent of them, for people.
    """

    subject: str
    route: str | None
    requests: float
    failed: float
    over: timedelta
    worst: Sequence[dict[str, Scalar]] = ()

    @property
    def rate(self) -> Ratio | None:
        """The share that failed; None when nothing was asked of it."""
        return Ratio(self.failed / self.requests) if self.requests else None

    @property
    def per_s(self) -> float | None:
        """How many were asked in a second; None where the span is none."""
        return _per_s(self.requests, self.over)


def _per_s(requests: float, over: timedelta) -> float | None:
    return requests / over.total_seconds() if over else None


@dataclass(frozen=True)
class Abandoned:
    """How many requests their clients gave up before they were answered (nginx's 499).

    They are no failures of the service, and no successes: `worst` says where it is most frequent.
    """

    subject: str
    requests: float
    abandoned: float
    over: timedelta
    worst: Sequence[dict[str, Scalar]] = ()


@dataclass(frozen=True)
class LogLines:
    """What was read of a log that others write, and what of it nobody understands.

    `undated` is how often a time cannot be read, and `left_out` are the lines that count for
    nothing because of that: where a span of time is asked for. `went_back` is how often times went
    back by more than some seconds, and `dropped` are routes that were put together because there
    were too many.
    """

    subject: str
    path: str
    formats: tuple[str, ...]
    lines: int
    unread: int
    undated: int = 0
    went_back: int = 0
    dropped: int = 0
    example: str = ""
    truncated: str | None = None
    left_out: int = 0


@dataclass(frozen=True)
class Memory:
    """How much memory something uses of what it may: what nothing bounds has no such row."""

    subject: str
    used: Bytes
    limit: Bytes


@dataclass(frozen=True)
class Growth:
    """What the memory of something grew by in an hour, over a span in which it was not restarted.

    What comes and goes in between (a cache that is emptied, a heap that is collected) is no growth.
    """

    subject: str
    used: Bytes
    hourly: Bytes
    over: timedelta


@dataclass(frozen=True)
class Processor:
    """How busy the processors that something has were, over a span; of all its cores together.

    `cores` is how many it may use. `waiting` is the share of time in which it had work and no
    core: for a disk (iowait), `stolen` by a hypervisor, or `throttled` at a container's quota.
    `load` is how many wanted a core at once, per core, over the last five minutes.
    """

    subject: str
    used: Ratio
    over: timedelta
    waiting: Ratio | None = None
    stolen: Ratio | None = None
    throttled: Ratio | None = None
    cores: float | None = None
    load: float | None = None


@dataclass(frozen=True)
class Room:
    """What is used of a file system, and, where it is known, when it will be full at this rate."""

    subject: str
    used: Ratio
    free: Bytes
    inodes: Ratio | None = None
    full_in: timedelta | None = None
    read_only: bool = False


@dataclass(frozen=True)
class ClockSync:
    """Whether a machine's clock is kept by others', and how far it can be off at most."""

    subject: str
    synchronised: bool
    off_by_at_most: timedelta | None = None


@dataclass(frozen=True)
class DiskWork:
    """How long a disk took for a read or a write, on average over a span, and how busy it was."""

    subject: str
    latency_s: float | None  # None when it did nothing
    operations: float
    over: timedelta
    busy: Ratio | None = None


@dataclass(frozen=True)
class Restarts:
    """How often something started anew, over a span."""

    subject: str
    count: int
    over: timedelta
    reason: str | None = None


@dataclass(frozen=True)
class Saturation:
    """How many places of a pool are taken, and how many it has; `kind` says of what.

    `waiting` are those that wait for a place, where that is known.
    """

    subject: str
    kind: str
    used: float
    limit: float
    waiting: float | None = None


@dataclass(frozen=True)
class Descriptors:
    """How many file descriptors a process, or a machine, has open, and how many it may have."""

    subject: str
    used: float
    limit: float


@dataclass(frozen=True)
class Queue:
    """What waits to be worked on; `oldest` is how long the first has waited.

    `risen` is by how many more it waits than a span `over` ago; None where that is not known.
    """

    subject: str
    waiting: float
    oldest: timedelta | None = None
    risen: float | None = None
    over: timedelta | None = None


@dataclass(frozen=True)
class Burn:
    """How fast a service uses up what its objective allows to fail: 1 uses it up in its whole time.

    Two windows, one long and one short: https://sre.google/workbook/alerting-on-slos/. The rates
    are None where nothing was asked, or is known, in them.
    """

    subject: str
    objective: Ratio
    long: timedelta
    short: timedelta
    rate_long: float | None
    rate_short: float | None
    requests: float


@dataclass(frozen=True)
class Caching:
    """What a cache in front of a service answered by itself; what may not be cached is no part."""

    subject: str
    hits: float
    misses: float
    over: timedelta
    sampled: bool = False
    bypassed: float = 0

    @property
    def rate(self) -> Ratio | None:
        """The share that was answered by the cache; None when nothing was asked of it."""
        asked = self.hits + self.misses
        return Ratio(self.hits / asked) if asked else None


@dataclass(frozen=True)
class Functions:
    """How often a function at the edge ran, for how long on average, and how often it failed.

    What its provider does not tell is None.
    """

    subject: str
    calls: float
    mean_s: float | None
    over: timedelta
    failed: float | None = None


@dataclass(frozen=True)
class Allowance:
    """What a dependency lets us ask of it, and what of that is left; or how often it refused us."""

    subject: str
    kind: str
    limit: float | None = None
    left: float | None = None
    refused: float | None = None
    requests: float | None = None
    over: timedelta | None = None


@dataclass(frozen=True)
class Alive:
    """Whether what tells figures of something is itself there: `up`, or a collector of it.

    `says` is what is wrong where it is not.
    """

    subject: str
    up: bool
    says: str = ""
