"""The clocks of an issue's SLA, as a ledger: what happened to them, and never what they show."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fettle.model.calendar import Span
from fettle.model.classification import Hours


class ClockName(StrEnum):
    """What is promised: somebody responds, news come, it is resolved."""

    RESPONSE = "response"
    UPDATE = "update"
    RESOLUTION = "resolution"


class ClockAct(StrEnum):
    """What happens to a clock.

    `restarted` begins it anew (news were given); `reopened` lets it go on where it stood after it
    was met or stopped. `at-risk` and `breached` note that it was noticed, and change nothing.
    """

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    RESTARTED = "restarted"
    RETARGETED = "retargeted"
    MET = "met"
    STOPPED = "stopped"
    REOPENED = "reopened"
    AT_RISK = "at-risk"
    BREACHED = "breached"


@dataclass(frozen=True)
class ClockEvent:
    """One entry of the ledger; `target` and `hours` stand where the clock starts or is retargeted.

    A `target` of None there takes the promise back: nothing is due.
    """

    clock: ClockName
    at: datetime
    act: ClockAct
    target: Span | None = None
    hours: Hours | None = None
    reason: str = ""
