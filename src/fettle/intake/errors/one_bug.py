"""Which of two groups goes on, when they turn out to be one bug.

1. One that somebody has decided about, resolved or muted, unless what came to the other shows that
   this is over; of two, the one that was decided about last.
2. Else one that goes on, sooner than one that came back; one whose issue is being worked on, sooner
   than one without; the older one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fettle.intake.errors import states
from fettle.model.error_event import ErrorEvent
from fettle.model.error_group import ErrorGroup, GroupState

_DECIDED = (GroupState.RESOLVED, GroupState.MUTED)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Half:
    """One of the two, the latest event of it that is kept, and whether its issue is worked on."""

    group: ErrorGroup
    latest: ErrorEvent | None
    has_issue: bool = False


def goes_on(one: Half, other: Half, releases: Sequence[str]) -> ErrorGroup:
    """Return the group that goes on; `releases` are the project's, in their order."""
    standing = [
        half.group
        for half, beside in ((one, other), (other, one))
        if _stands(half.group, beside, releases)
    ]
    if standing:
        return max(standing, key=_decided_at)
    halves = sorted((one, other), key=lambda half: half.group.first_seen)
    return min(halves, key=lambda half: (half.group.state in _DECIDED, not half.has_issue)).group


def _stands(group: ErrorGroup, beside: Half, releases: Sequence[str]) -> bool:
    """Whether what somebody has decided holds, with what came to the other one."""
    if group.state not in _DECIDED:
        return False
    if beside.latest is None:
        return True
    came = states.on_event(group, beside.latest, beside.group.last_seen, releases)
    return came.group.state is group.state


def _decided_at(group: ErrorGroup) -> datetime:
    decided = group.muting if group.state is GroupState.MUTED else group.resolution
    return decided.at if decided is not None else _NEVER
