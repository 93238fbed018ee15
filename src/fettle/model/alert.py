"""One alert of one source: all signals with the same key of that source, and how it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fettle.model.severity import Severity


class Outcome(StrEnum):
    """What came of a signal.

    `late` is one that tells of what is over already, `unmatched` the end of what never began here.
    """

    OPENED = "opened"
    JOINED = "joined"
    REPEATED = "repeated"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    SILENCED = "silenced"
    INHIBITED = "inhibited"
    MUTED = "muted"
    FLAPPING = "flapping"
    LATE = "late"
    UNMATCHED = "unmatched"

    @property
    def suppresses(self) -> bool:
        """Whether somebody would have been told of it otherwise."""
        return self in (Outcome.SILENCED, Outcome.INHIBITED, Outcome.MUTED, Outcome.FLAPPING)


@dataclass(frozen=True)
class Alert:
    """How an alert stands.

    `changes` are the latest moments at which it began or ended. `started_at` is when it last
    began, `ended_at` when that ended, None while it goes on. `issue` is the one it belongs to, None
    where it opened none. `said` is what was judged of it last (a digest), and `judged` how bad
    that was at worst since it began. `told_start` is when it began by the clock of its source,
    where that says so. `id` 0 is one that is not kept yet. `url` and `runbook_url` are what it was
    last told with, where that was read with it.
    """

    source: str
    key: str
    firing: bool
    title: str
    started_at: datetime
    seen_at: datetime
    severity: Severity | None = None
    service: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    group: str | None = None
    times: int = 1
    changes: tuple[datetime, ...] = ()
    flapping: bool = False
    ended_at: datetime | None = None
    issue: int | None = None
    judged: Severity | None = None
    said: str = ""
    told_start: datetime | None = None
    id: int = 0
    url: str | None = None
    runbook_url: str | None = None

    @property
    def worst(self) -> Severity:
        """How bad it was at worst since it began, by its source or as it was judged."""
        return max(self.severity or Severity.INFO, self.judged or Severity.INFO)

    @property
    def goes_on(self) -> bool:
        """Whether its issue is not over on its account: it fires, or may again in a moment."""
        return self.firing or self.flapping
