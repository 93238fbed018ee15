"""How the pages of a service are: for the people who visit, or as they were measured last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from fettle.model.budget import Budget
from fettle.model.quantity import Ratio

Vital = Literal["lcp", "inp", "cls"]
VITALS: Sequence[Vital] = get_args(Vital)


@dataclass(frozen=True)
class PageStand:
    """A Core Web Vital of a page: milliseconds, or a score.

    In the field (`people`) `value` is what three of four visits were not beyond, and `surely` what
    that is at least, as so many visits tell; else both are the median. `age` is how old the latest
    of it is. `lately` is the value of the last day alone, None
    where that had too few visits, and of pages that few visit.
    """

    subject: str
    page: str
    profile: str
    metric: Vital
    value: float
    surely: float
    visits: int
    people: bool
    age: timedelta
    lately: float | None = None


@dataclass(frozen=True)
class PagePromised:
    """A figure of a page as it was measured last, beside what is promised of it.

    Both are milliseconds, bytes, a score or a share; `age` is how long ago that was. The share of
    its server that is used has no `profile`; `at_most` is whether it may be less, of a server that
    carries more than was tried.
    """

    subject: str
    page: str
    profile: str | None
    current: float
    budget: Budget
    age: timedelta
    at_most: bool = False


@dataclass(frozen=True)
class ServerUse:
    """What is asked of a page's server, and what it carried when somebody tried: both a second.

    `at_least` is whether it carries more, by how much nobody knows; `age` how long ago that was.
    """

    subject: str
    page: str
    asked: float
    carries: float
    at_least: bool
    age: timedelta

    @property
    def used(self) -> Ratio:
        """The share of it that is used."""
        return Ratio(self.asked / self.carries)


@dataclass(frozen=True)
class PageTurned:
    """A Core Web Vital of a page that is surely worse than it was, and since when.

    In the field (`people`) that is for people, in the days before a version went live, and since:
    both are what three of four visits were not beyond; `surely` and `at_most` are what the second
    is at least, and the first at most, as so many visits tell. Else it is how the page was measured
    before, and last: both are medians, and so are `surely` and `at_most`. `version` is what went
    live between, None where nobody has said so; `since` is when that was, else when it was seen.
    """

    subject: str
    page: str
    profile: str
    metric: Vital
    version: str | None
    since: datetime
    was: float
    at_most: float
    now: float
    surely: float
    visits_before: int
    visits_since: int
    people: bool = True
