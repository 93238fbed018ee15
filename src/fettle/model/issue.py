"""One piece of trouble that is being worked on: where it stands, and what happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from fettle.model.actor import is_person
from fettle.model.classification import Classification, Priority
from fettle.model.clock import ClockEvent, ClockName
from fettle.model.notification import Event

_REVIEWED = (Priority.P1, Priority.P2)


class Status(StrEnum):
    """Where an issue stands; the last three are ends, and being on hold stands beside it."""

    NEW = "new"
    TRIAGED = "triaged"
    ACKNOWLEDGED = "acknowledged"
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    FIXING = "fixing"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    IN_REVIEW = "in-review"
    CLOSED = "closed"
    MERGED = "merged"
    DECLINED = "declined"

    @property
    def is_end(self) -> bool:
        """Whether nobody works on it any more."""
        return self in (Status.CLOSED, Status.MERGED, Status.DECLINED)

    @property
    def is_live(self) -> bool:
        """Whether the trouble itself goes on: neither resolved nor ended."""
        return not self.is_end and self not in (Status.RESOLVED, Status.IN_REVIEW)


class Declined(StrEnum):
    """Why an issue is none."""

    FALSE_POSITIVE = "false-positive"
    DUPLICATE = "duplicate"
    WILL_NOT_FIX = "will-not-fix"


@dataclass(frozen=True)
class Milestones:
    """When trouble came to what, apart from the issue's status; None where it has not yet.

    They never go back from one to the next.
    """

    started: datetime
    detected: datetime
    acknowledged: datetime | None = None
    mitigated: datetime | None = None
    resolved: datetime | None = None

    @property
    def disorder(self) -> str | None:
        """A sentence that says which stands before an earlier one; None when all is in order."""
        told = [(one.name, getattr(self, one.name)) for one in fields(self)]
        known = [(name, at) for name, at in told if at is not None]
        for (before, earlier), (after, later) in pairwise(known):
            if later < earlier:
                return f"{after} ({later:%Y-%m-%d %H:%M}) is before {before} ({earlier:%H:%M})"
        return None


@dataclass(frozen=True)
class Entry:
    """One line of an issue's timeline: what happened, who did it, and what they said.

    `detail` are names and values for programs and pages.
    """

    event: str
    actor: str
    at: datetime
    text: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Issue:
    """One piece of trouble.

    `number` 0 is one that is not kept yet. `team` and `assignee` work on it. `acknowledged_by`
    None asks for somebody: nobody has said that they take it, or it has become worse since.
    `calls_since` is when people began to be called for it, `calls_made` how often since. `group` is
    what it was opened by, which makes a later signal join it. `broken` are the clocks whose promise
    was broken and is not yet kept. `resolved_as` is the priority that it had when it was resolved.
    `version` is raised by what somebody who sees it has to know, `kept` each time that it is kept.
    """

    number: int
    title: str
    description: str
    status: Status
    classification: Classification
    milestones: Milestones
    opened_at: datetime
    changed_at: datetime
    calls_since: datetime
    team: str | None = None
    assignee: str | None = None
    acknowledged_by: str | None = None
    calls_made: int = 0
    held_since: datetime | None = None
    held_until: datetime | None = None
    group: str | None = None
    signals: int = 0
    merged_into: int | None = None
    broken: tuple[ClockName, ...] = ()
    ended_at: datetime | None = None
    resolved_as: Priority | None = None
    version: int = 1
    kept: int = 1

    @property
    def on_hold(self) -> bool:
        """Whether work on it waits for something outside."""
        return self.held_since is not None

    @property
    def owes_review(self) -> Priority | None:
        """The priority for which it closes only with its review; None where it needs none.

        What it was resolved as counts as much as what it is called afterwards.
        """
        made = self.classification.priority
        worst = min(made, self.resolved_as or made)
        return worst if worst in _REVIEWED else None


@dataclass(frozen=True)
class Moved:
    """What a move makes of an issue: the issue after it, and what is written down about it.

    `news` is what people are told of, None when they need not be. Without entries nothing was
    changed.
    """

    issue: Issue
    entries: tuple[Entry, ...] = ()
    clocks: tuple[ClockEvent, ...] = ()
    news: Event | None = None

    @property
    def by_people(self) -> bool:
        """Whether a person did some of it."""
        return any(is_person(entry.actor) for entry in self.entries)
