"""Whether a remedy may act at this moment; pure.

What was done before is read from the store in the transaction that begins the act, by one process
at a time: so the answer holds for all of them, and after a restart. In this order: somebody has
stopped everything; another act on the target is in flight; the breaker is open; the remedy was used
on the target too recently; the budget of the hour or of the day is used up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.model.quantity import say_duration
from fettle.model.remedy import Outcome, Remedy, Stopped

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """How much is done at most.

    `failures` of a remedy on a target, one after the other, open its breaker for `pause`; then one
    more is tried, and decides. `proof` is how much must be proven of what begins by itself.
    """

    most_an_hour: int = 6
    most_a_day: int = 20
    failures: int = 3
    pause: timedelta = timedelta(hours=6)
    proof: float = 0.5


@dataclass(frozen=True)
class Acted:
    """An act that was begun: when, and what it came to; `outcome` None while that is not known."""

    remedy: str
    target: str
    at: datetime
    outcome: Outcome | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Allowed:
    """It may act."""


@dataclass(frozen=True)
class Held:
    """It may not: why, and until when where that is known."""

    why: str
    until: datetime | None = None


Verdict = Allowed | Held


def may_act(
    remedy: Remedy, past: Sequence[Acted], limits: Limits, stopped: Stopped | None, now: datetime
) -> Verdict:
    """Return whether a remedy may act, by all that was begun before.

    `past` holds every act of the last day, and the latest of this remedy on its target.
    """
    return next(_held(remedy, past, limits, stopped, now), Allowed())


def _held(
    remedy: Remedy, past: Sequence[Acted], limits: Limits, stopped: Stopped | None, now: datetime
) -> Iterator[Held]:
    if stopped is not None:
        yield Held(f"{stopped.by} has stopped all acting: {stopped.reason}")
    for one in past:
        if one.target == remedy.target and one.outcome is None:
            yield Held(f"{one.remedy} is in flight on {one.target}")
    own = [one for one in past if (one.remedy, one.target) == (remedy.name, remedy.target)]
    if (until := opens_until(own, limits)) is not None and now < until:
        yield Held(f"it has failed {limits.failures} times in a row on {remedy.target}", until)
    latest = max((one.at for one in own), default=None)
    if latest is not None and now < latest + remedy.cooldown:
        pause = say_duration(remedy.cooldown)
        yield Held(
            f"it was used on {remedy.target} less than {pause} ago", latest + remedy.cooldown
        )
    for most, span, named in (
        (limits.most_an_hour, _HOUR, "hour"),
        (limits.most_a_day, _DAY, "day"),
    ):
        recent = sorted(one.at for one in past if one.at > now - span)
        if len(recent) >= most:
            free_at = recent[len(recent) - most] + span if most else None
            yield Held(f"{most} acts within a {named} are all that may be", free_at)


def opens_until(own: Sequence[Acted], limits: Limits) -> datetime | None:
    """Return until when the breaker of a remedy on a target is open; None where it is closed.

    After that moment it is half open: one more act decides.
    """
    failed_at: list[datetime] = []
    for one in sorted(own, key=lambda one: one.at, reverse=True):
        helped = None if one.outcome is None else one.outcome.helped
        if helped is True:
            break
        if helped is False:
            failed_at.append(one.ended_at or one.at)
    return failed_at[0] + limits.pause if len(failed_at) >= limits.failures else None
