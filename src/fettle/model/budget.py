"""What is promised of a page: up to where a figure is good, and from where it is poor."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from fettle.model.measurement import KINDS, Profile
from fettle.model.quantity import Bytes, Ratio, parse_duration

Status = Literal["good", "needs-improvement", "poor", "over-budget"]

TIMES = ("ttfb", "fcp", "lcp", "inp", "fid", "tti", "tbt", "server_response")
DEFAULT = "default"  # whose promise it is where nobody has set one
SCORES = ("cls",)
SIZES = (*KINDS, "total")
THROUGHPUT = "throughput"  # the share that is used of what the page's server carries
SHARES = (THROUGHPUT,)


@dataclass(frozen=True)
class Budget:
    """A promise: milliseconds of a time, bytes of what is sent, a score, or a share.

    `poor` is None where there is only one limit. `by` says whose promise it is. `decides` is False
    of what varies too much in a laboratory to fail anything.
    """

    metric: str
    target: float
    poor: float | None = None
    by: str = DEFAULT
    decides: bool = True

    def status(self, current: float) -> Status:
        """Return how a figure stands to it."""
        if current <= self.target:
            return "good"
        if self.poor is not None:
            return "needs-improvement" if current <= self.poor else "poor"
        return "over-budget" if self.metric in SIZES else "needs-improvement"


@dataclass(frozen=True)
class Promise:
    """A budget, and which pages it is about: addresses by a pattern, as a phone or a desktop.

    None of either is all.
    """

    budget: Budget
    url: str | None = None
    profile: Profile | None = None

    def holds_for(self, url: str, profile: Profile) -> bool:
        """Whether it is about a page."""
        return self.profile in (None, profile) and (self.url is None or fnmatchcase(url, self.url))


@dataclass(frozen=True)
class Judged:
    """A promise, and how the page stands to it."""

    budget: Budget
    current: float
    status: Status


def amount(metric: str, given: str | float) -> float:
    """Read what a figure is held against: `1.8 s`, `170 KiB` or a number; ValueError otherwise."""
    if metric in TIMES:
        if isinstance(given, str):
            return _finite(parse_duration(given).total_seconds() * 1000)
        return _finite(given)
    if metric in SIZES:
        return _finite(Bytes.parse(str(given)) if isinstance(given, str) else given)
    if metric in SCORES:
        return _finite(float(given))
    if metric in SHARES:
        return _finite(Ratio.parse(given) if isinstance(given, str) else given)
    raise ValueError(f"there is no figure {metric[:40]!r}; there are {', '.join(_NAMES)}")


_NAMES = (*TIMES, *SCORES, *SIZES, *SHARES)


def _finite(value: float) -> float:
    if not 0 <= value < float("inf"):
        raise ValueError(f"{value} is no limit of a figure")
    return float(value)
