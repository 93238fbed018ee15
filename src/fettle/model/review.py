"""Looking back at an issue: its review, and what that promises to change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class ReviewState(StrEnum):
    """Where a review stands; it is closed with its issue."""

    DRAFT = "draft"
    IN_REVIEW = "in-review"
    REVIEWED = "reviewed"
    CLOSED = "closed"


class Evidence(StrEnum):
    """What shows that trouble is over."""

    ALERTS_ENDED = "alerts-ended"
    CHECK_CLEAN = "check-clean"
    FIX_VERIFIED = "fix-verified"
    WORD = "word"


SECTIONS: Mapping[str, str] = {
    "summary": "Summary",
    "impact": "Impact",
    "milestones": "Milestones",
    "found": "What was found",
    "done": "What was done",
    "told": "What was told to whom",
    "causes": "Contributing causes",
    "went-well": "What went well",
    "went-badly": "What went badly",
    "lucky": "Where we were lucky",
}

Sections = Mapping[str, str]


@dataclass(frozen=True)
class Signature:
    """Who has read a review and stands by it, when, and which version."""

    name: str
    at: datetime
    version: int


@dataclass(frozen=True)
class Review:
    """The review of an issue.

    `why` is why it is asked for, and `due_at` until when; None where nobody needs it. `version` 0
    is one of which nothing was kept yet: what it says then is drafted from the issue.
    """

    issue: int
    state: ReviewState
    changed_at: datetime
    why: str | None = None
    due_at: datetime | None = None
    author: str | None = None
    signed: Signature | None = None
    version: int = 0

    def overdue(self, now: datetime) -> bool:
        """Whether somebody still waits for it."""
        waits = self.state in (ReviewState.DRAFT, ReviewState.IN_REVIEW)
        return waits and self.due_at is not None and self.due_at <= now


@dataclass(frozen=True)
class Kept:
    """One version of what a review says."""

    version: int
    at: datetime
    actor: str
    sections: Sections = field(default_factory=dict)


class ActionState(StrEnum):
    """What became of an action item."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True)
class ActionItem:
    """Something that a review promises to change; `id` 0 is one that is not kept yet.

    `reason` says why it was dropped, or what became of it.
    """

    id: int
    issue: int
    title: str
    created_at: datetime
    created_by: str
    changed_at: datetime
    owner: str | None = None
    team: str | None = None
    due: date | None = None
    state: ActionState = ActionState.OPEN
    reason: str = ""
    ended_at: datetime | None = None

    def overdue(self, today: date) -> bool:
        """Whether its day has passed, and it is not done."""
        return self.state is ActionState.OPEN and self.due is not None and self.due < today
