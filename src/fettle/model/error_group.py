"""One bug of an application: all its events, and how it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fettle.model.error_event import ErrorLevel


@dataclass(frozen=True)
class GroupKey:
    """What joins events: the same key is the same bug.

    `why` says in words what it was made of; `version` of which way to make it. Keys of two versions
    are never the same.
    """

    key: str
    why: tuple[str, ...]
    version: int


class GroupState(StrEnum):
    """How a bug stands."""

    NEW = "new"
    ONGOING = "ongoing"
    ESCALATING = "escalating"
    REGRESSED = "regressed"
    RESOLVED = "resolved"
    MUTED = "muted"


class ResolvedBy(StrEnum):
    """From when on another event means that it came back."""

    NOW = "now"  # any later event
    NEXT_RELEASE = "next-release"  # an event of a release newer than the newest one known then
    DEPLOY = "deploy"  # any event after the next deploy went live


@dataclass(frozen=True)
class Resolution:
    """That a bug is held for resolved: since when, from which release or deploy on, who says so.

    It stays for a while after an event has shown that it is not: `undone_at` says when.
    """

    at: datetime
    by: ResolvedBy
    actor: str
    release: str | None = None  # the newest that had been seen when it was said
    undone_at: datetime | None = None


@dataclass(frozen=True)
class Muting:
    """That a bug is quiet, and until what: a moment, so many events, or so many an hour."""

    at: datetime
    actor: str
    until: datetime | None = None
    events: int | None = None  # so many more: each that happens lowers it
    events_an_hour: int | None = None


@dataclass(frozen=True)
class ErrorGroup:
    """One bug. `events` counts all that ever came, also those that are no longer kept."""

    id: int
    project: UUID
    title: str
    culprit: str
    level: ErrorLevel
    state: GroupState
    events: int
    first_seen: datetime
    last_seen: datetime
    first_release: str | None = None
    last_release: str | None = None
    resolution: Resolution | None = None
    muting: Muting | None = None
    version: int = 1
