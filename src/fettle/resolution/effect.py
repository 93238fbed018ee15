"""What an act came to, told by the signals alone; pure.

A call that was answered well says that it was made, not that it helped. It helped when what told of
the trouble stayed away: nothing fires any more, and nothing has fired since the act had settled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fettle.model.remedy import Outcome
from fettle.model.signal import SignalKind

# Who sends these says that trouble began, and never that it is over.
_ENDLESS = frozenset({SignalKind.REPORT, SignalKind.ERROR, SignalKind.LOG})


@dataclass(frozen=True)
class Heard:
    """How an alert stands: whether it goes on, and when it was last said to fire."""

    title: str
    kind: SignalKind
    goes_on: bool
    fired_at: datetime | None


@dataclass(frozen=True)
class Effect:
    """What an act came to, and what says so."""

    outcome: Outcome
    why: str


def still_comes(heard: Iterable[Heard]) -> bool:
    """Whether the trouble is still told of, before anything is done."""
    return any(one.goes_on for one in heard)


def effect(heard: Iterable[Heard], settled_at: datetime) -> Effect:
    """Return what an act came to, by what was heard until now."""
    known = list(heard)
    if not known:
        return Effect(Outcome.UNKNOWN, "no alert tells whether it goes on")
    again = [one for one in known if one.fired_at is not None and one.fired_at > settled_at]
    if again:
        return Effect(Outcome.CAME_BACK, f"it was told again: {again[0].title}")
    on = [one for one in known if one.goes_on and one.kind not in _ENDLESS]
    if on:
        return Effect(Outcome.CAME_BACK, f"it has not ended: {on[0].title}")
    return Effect(Outcome.RESOLVED, "no signal has come since")
