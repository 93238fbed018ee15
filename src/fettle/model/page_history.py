"""A page as it was measured earlier: what it is compared with, and what went live since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fettle.model.deploy import Deploy
from fettle.model.measurement import Profile


@dataclass(frozen=True)
class MeasuredOnce:
    """What is compared of a measurement that was kept.

    `figures` are the values of each visit by name, `weights` the bytes that were sent by kind, and
    `total`. `deploys` are what of its service went live since, the latest first; in a
    trend, those between the measurement before and this one.
    """

    page: str
    profile: Profile
    at: datetime
    figures: Mapping[str, Sequence[float]]
    weights: Mapping[str, float]
    service: str | None = None
    machine: str = ""
    deploys: tuple[Deploy, ...] = ()


@dataclass(frozen=True)
class Change:
    """A figure then and now: medians, or bytes; `sure` says that it is no chance, and is felt."""

    metric: str
    was: float
    now: float
    sure: bool

    @property
    def worse(self) -> bool:
        """Whether it is surely more than it was: less is better, of all of them."""
        return self.sure and self.now > self.was

    @property
    def share(self) -> float | None:
        """How far, as a share of what it was; None of what was nothing."""
        return (self.now - self.was) / self.was if self.was else None
