"""Whether trouble is the return of what was fixed before.

Fixed is what somebody worked on, or a remedy helped with, and was resolved. It came back when a new
issue begins soon after that is about the same alert, of the same group, or of the same class on the
same service; in that order, because the first says most. What merely ended by itself was never
fixed, and does not come back: it goes on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from fettle.model.issue import Issue


class Likeness(IntEnum):
    """By what a new issue is like an earlier one, the surest first."""

    ALERT = 1
    GROUP = 2
    CLASS = 3


_WHY = {
    Likeness.ALERT: "the same alert",
    Likeness.GROUP: "what its source says the same of",
    Likeness.CLASS: "the same class on the same service",
}


@dataclass(frozen=True)
class Earlier:
    """An issue that is over and is like a new one."""

    number: int
    likeness: Likeness
    mended: bool
    resolved_at: datetime | None

    @property
    def why(self) -> str:
        """By what it is like the new one, in words."""
        return _WHY[self.likeness]


def came_back(issue: Issue, earlier: "tuple[Earlier, ...]", within: timedelta) -> Earlier | None:
    """Return what an issue is the return of, None when it is new."""
    fixed = [one for one in earlier if _fixed_soon_before(one, issue.opened_at, within)]
    return min(fixed, key=lambda one: (one.likeness, -one.number), default=None)


def _fixed_soon_before(one: Earlier, at: datetime, within: timedelta) -> bool:
    if one.resolved_at is None or not one.mended:
        return False
    return timedelta(0) <= at - one.resolved_at <= within
