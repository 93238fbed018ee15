"""Who is called for an issue when, until somebody takes it.

1. A policy's steps come one after the other, each after its pause, round after round. When they
   come is a matter of the policy, of when calling began, and of the team's hours alone. What was
   missed, while nobody worked, uses up no rounds: those that remain come later.
2. An acknowledgement ends the calling. When nothing has happened to an acknowledged issue for the
   policy's `acknowledged_for`, it asks for somebody again.
3. What has become worse begins anew (triage.moves); a milder priority goes on where it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from fettle.model.calendar import AroundTheClock, Calendar
from fettle.model.classification import Escalation
from fettle.model.issue import Entry, Issue, Moved, Status
from fettle.triage.moves import By


@dataclass(frozen=True)
class EscalationPolicy:
    """Steps of people to call; see Team.reached for who they are.

    `every` is the pause after a step, `rounds` how often all steps come. In business hours the
    pauses count the team's hours, and nobody is called outside them. A `quiet` policy tells the
    first step in a digest, and calls nobody.
    """

    level: Escalation
    steps: tuple[tuple[str, ...], ...]
    every: timedelta
    rounds: int = 1
    business_hours: bool = False
    quiet: bool = False
    acknowledged_for: timedelta | None = None

    @property
    def length(self) -> int:
        """How many calls there are in all."""
        return len(self.steps) * self.rounds


@dataclass(frozen=True)
class Call:
    """One time that people are called; `step` and `round` count from 1."""

    at: datetime
    who: tuple[str, ...]
    step: int
    round: int


# The guide's four levels; the pauses of the first are research/triage.md's.
DEFAULTS: Mapping[Escalation, EscalationPolicy] = MappingProxyType(
    {
        one.level: one
        for one in (
            EscalationPolicy(
                Escalation.IMMEDIATE,
                (("on-call",), ("team",), ("everybody",)),
                timedelta(minutes=5),
                rounds=3,
                acknowledged_for=timedelta(minutes=30),
            ),
            EscalationPolicy(
                Escalation.WITHIN_1H,
                (("on-call",), ("team",), ("everybody",)),
                timedelta(minutes=20),
                rounds=2,
                acknowledged_for=timedelta(hours=2),
            ),
            EscalationPolicy(
                Escalation.BUSINESS_HOURS,
                (("team",), ("on-call",)),
                timedelta(hours=4),
                business_hours=True,
            ),
            EscalationPolicy(
                Escalation.NEXT_SPRINT,
                (("team",),),
                timedelta(days=1),
                business_hours=True,
                quiet=True,
            ),
        )
    }
)


def call(policy: EscalationPolicy, since: datetime, number: int, hours: Calendar) -> Call | None:
    """Return the call of that number, from 0; None past the last."""
    if number >= policy.length:
        return None
    calendar = hours if policy.business_hours else AroundTheClock()
    round_, step = divmod(number, len(policy.steps))
    at = _opened(calendar.add(since, number * policy.every), calendar)
    return Call(at, policy.steps[step], step + 1, round_ + 1)


def next_call(policy: EscalationPolicy, issue: Issue, hours: Calendar) -> Call | None:
    """Return who is called next, None when nobody is: it is taken, over, or all were called."""
    if issue.acknowledged_by is not None or not issue.status.is_live:
        return None
    return call(policy, issue.calls_since, issue.calls_made, hours)


def put_off(policy: EscalationPolicy, issue: Issue, made: Call, by: By, hours: Calendar) -> Issue:
    """Let all further calls come later, by as much as the last one that was made is late."""
    calendar = hours if policy.business_hours else AroundTheClock()
    late = calendar.between(made.at, by.at)
    return replace(issue, calls_since=calendar.add(issue.calls_since, late))


def runs_out_at(policy: EscalationPolicy, issue: Issue, hours: Calendar) -> datetime | None:
    """Return when an acknowledgement that nothing followed counts no more."""
    waits = issue.acknowledged_by is not None and issue.status is Status.ACKNOWLEDGED
    if policy.acknowledged_for is None or not waits or issue.on_hold:
        return None
    calendar = hours if policy.business_hours else AroundTheClock()
    return calendar.add(issue.changed_at, policy.acknowledged_for)


def ran_out(issue: Issue, by: By) -> Moved:
    """Ask for somebody again."""
    who = issue.acknowledged_by or ""
    text = f"nothing has happened since {who} acknowledged it"
    asked = replace(
        issue,
        acknowledged_by=None,
        calls_since=by.at,
        calls_made=0,
        changed_at=by.at,
    )
    return Moved(asked, (Entry("acknowledgement-ran-out", by.actor, by.at, text),))


def called(issue: Issue, by: By, made: Call, receivers: tuple[str, ...]) -> Moved:
    """Write down who was called."""
    detail = {
        "step": str(made.step),
        "round": str(made.round),
        "who": ", ".join(made.who),
        "receivers": ", ".join(receivers),
    }
    reached = ", ".join(receivers) or "nobody can be told: no receiver is in the settings"
    text = f"{' and '.join(made.who)}: {reached}"
    entry = Entry("called", by.actor, by.at, text, detail)
    return Moved(replace(issue, calls_made=issue.calls_made + 1), (entry,))


def _opened(moment: datetime, calendar: Calendar) -> datetime:
    """Return the first moment from this one on that counts."""
    just = timedelta(microseconds=1)
    return calendar.add(moment, just) - just
