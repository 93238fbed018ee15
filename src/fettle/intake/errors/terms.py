"""On what terms an application's errors are taken: how many, and what of them is never stored."""

from dataclasses import dataclass
from typing import Protocol

from fettle.intake.errors.scrub import Scrubbing
from fettle.intake.quota import Quota


@dataclass(frozen=True)
class Terms:
    """`rate` is how many errors a second on average, `burst` how many at once."""

    scrubbing: Scrubbing
    rate: float
    burst: int

    def quota(self) -> Quota:
        """Return a quota of which nothing is used."""
        return Quota(self.rate, self.burst)


class TermsFor(Protocol):
    """Gives an application's terms."""

    def __call__(self, *names: str) -> Terms:
        """Return the terms of the first of its names that has any; else those of all."""


def usual(*_: str) -> Terms:
    """Return the terms where nothing is set; a TermsFor."""
    return Terms(Scrubbing(), 1000, 2000)
