"""What comes after an update was applied: a watch over its services, and versions that are held."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from fettle.model.update import Package


class WatchState(StrEnum):
    """How the watch over a run stands, or ended.

    Unseen: nobody looked while it lasted. Ended: it was taken back by a person meanwhile.
    """

    WATCHING = "watching"
    WELL = "well"
    WORSE = "worse"
    UNSEEN = "unseen"
    ENDED = "ended"


@dataclass(frozen=True)
class UpdateWatch:
    """The watch over what a run applied: `before` is what was bad of its targets already.

    It is looked at every so often, until `until`. `worse` is how many looks in a row have found
    something that was not bad before.
    """

    run: str
    number: int
    project: str
    before: Mapping[str, str] = field(default_factory=dict)
    every: timedelta = timedelta(minutes=1)
    until: datetime | None = None
    looked_at: datetime | None = None
    looks: int = 0
    worse: int = 0
    state: WatchState = WatchState.WATCHING
    says: str | None = None


@dataclass(frozen=True)
class Quarantined:
    """A version that made a project worse: it is not taken again until a person releases it."""

    number: int
    update: str
    project: str
    path: str
    package: Package
    version: str
    reason: str
    run: str
    at: datetime
    released_at: datetime | None = None
    released_by: str | None = None
    released_because: str | None = None

    @property
    def said(self) -> str:
        """Why it is held, and since when."""
        return f"it is quarantined since {self.at:%Y-%m-%d %H:%M} UTC: {self.reason}"
