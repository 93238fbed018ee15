"""How much a site can carry: what it answered at each rate, and where it came to its end.

Times are milliseconds from the moment at which a request was to be sent, whenever it was: a server
that keeps one waiting keeps all waiting that would have come meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from fettle.model.finding import Unknown
from fettle.model.quantity import Ratio

# What ended a ramp; `rate` and `time` say that there may be more to be had.
Ended = Literal["errors", "slow", "growing", "behind", "asked to wait", "rate", "time", "here"]


# What looks at a service measure, of which those of the last minutes are now.
REQUESTS_PER_SECOND = "requests_per_second"
LATELY = timedelta(minutes=15)


@dataclass(frozen=True)
class Answered:
    """One request: when it was to be sent, how long that took from then on, and what was wrong."""

    due_ms: float
    lasted_ms: float
    failed: str | None = None


@dataclass(frozen=True)
class Volley:
    """Requests at one rate for a while, whatever becomes of those before.

    `cut` says that it was ended early, to spare who is asked; `told_to_wait` that it said to come
    more seldom (429, Retry-After); `late_ms` by how much requests were sent late, 19 of 20 of them.
    """

    rate: float
    seconds: float
    answers: Sequence[Answered]
    cut: bool = False
    told_to_wait: bool = False
    late_ms: float = 0.0


class Load(Protocol):
    """Asks a site for one page again and again; `main` hands one that can."""

    async def alone(self) -> float:
        """Ask once, and return how many milliseconds that took.

        Raises CannotLook for what is no page that can be asked for so.
        """

    async def volley(self, rate: float, seconds: float) -> Volley:
        """Ask at a rate, wait until all is answered, and return how that went."""


@dataclass(frozen=True)
class LoadLimits:
    """Where a ramp ends at the latest, so that it harms nobody.

    `slow_ms` is from where p95 is too slow, None for what follows from how long an answer takes
    alone; `errors` the share of failures that is too much.
    """

    most_rate: float = 100.0
    within: timedelta = timedelta(minutes=2)
    slow_ms: float | None = None
    errors: float = 0.01


@dataclass(frozen=True)
class LoadStep:
    """One rate that was tried: what it came to, and what was wrong with it, if anything."""

    rate: float
    seconds: float
    requests: int
    failed: int
    achieved: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    wrong: Ended | None = None
    why: str | None = None


@dataclass(frozen=True)
class Asked:
    """How many requests a second are asked of a server now; `by` is who tells that."""

    rate: float
    by: str


NOBODY_SAID = Unknown("nobody has said what is asked of it")


@dataclass(frozen=True)
class Capacity:
    """How many requests a second a page can carry, and how it answers then.

    `carried` is the greatest rate at which nothing was wrong; None where there was none. `asked`
    is what is asked of its server now, or why nobody knows.
    """

    url: str
    started_at: datetime
    duration: timedelta
    alone_ms: float
    limits: LoadLimits
    steps: tuple[LoadStep, ...]
    carried: LoadStep | None
    ended: Ended
    why: str
    asked: Asked | Unknown = NOBODY_SAID

    @property
    def used(self) -> Ratio | None:
        """What share of its capacity is used now; at most that, where it carries more."""
        return _share(self.asked, None if self.carried is None else self.carried.rate)

    @property
    def at_least(self) -> bool:
        """Whether it carries more, by how much nobody knows."""
        return self.ended in ("rate", "time", "here")


@dataclass(frozen=True)
class KeptCapacity:
    """What was found of a page's server, when: how many requests a second it carried.

    `at_least` is whether it carries more, by how much nobody knows. `asked` is what is asked of it
    now, or was when it was found; or why nobody knows.
    """

    at: datetime
    carried: float | None
    at_least: bool
    asked: Asked | Unknown

    @property
    def used(self) -> Ratio | None:
        """What share of it is used."""
        return _share(self.asked, self.carried)


def _share(asked: Asked | Unknown, carried: float | None) -> Ratio | None:
    if carried is None or isinstance(asked, Unknown):
        return None
    return Ratio(asked.rate / carried)
