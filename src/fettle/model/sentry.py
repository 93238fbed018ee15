"""What a Sentry that a team has tells of its issues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

RESOLVED, UNRESOLVED = "resolved", "unresolved"


@dataclass(frozen=True)
class SentryIssue:
    """An issue there: `count` are all its events, `hours` those of the last hours, by their begin.

    `asked_at` is when it was asked for, by our clock; all other moments are by that Sentry's.
    `in_next_release` is whether it was resolved for releases that are still to come. `category` is
    `error`, or what else it calls trouble.
    """

    id: str
    short_id: str
    project: str
    title: str
    status: str
    count: int
    first_seen: datetime
    last_seen: datetime
    asked_at: datetime
    category: str = "error"
    in_next_release: bool = False
    hours: Mapping[datetime, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SentryPage:
    """Issues, the one that was seen last first; `next` is the cursor of the page after it."""

    issues: Sequence[SentryIssue]
    next: str | None = None


@dataclass(frozen=True)
class Counts:
    """Events of an issue: all of them, and those of each of the last hours, by its begin."""

    total: int = 0
    hours: Mapping[datetime, int] = field(default_factory=dict)

    def with_one(self, at: datetime) -> "Counts":
        """Return them with one more."""
        return self.with_(Counts(1, {at.replace(minute=0, second=0, microsecond=0): 1}))

    def with_(self, more: "Counts") -> "Counts":
        """Return them with others."""
        hours = {*self.hours, *more.hours}
        return Counts(
            self.total + more.total,
            {hour: self.hours.get(hour, 0) + more.hours.get(hour, 0) for hour in hours},
        )
