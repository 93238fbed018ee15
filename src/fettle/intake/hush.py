"""What keeps a signal from opening an issue, and why; pure.

1. A silence, until it ends; somebody made it, and said why.
2. A window in which the service is worked on.
3. Another alert that fires and makes it no news: a rule of the team's own.

A person who reports trouble is never hushed. What was hushed is kept and counted, and opens its
issue when it still goes on after that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fettle.model.alert import Outcome
from fettle.model.signal import Signal, SignalKind
from fettle.model.silence import Matcher, Silence, facts_of
from fettle.model.window import Window

Facts = Mapping[str, str]


@dataclass(frozen=True)
class Muting:
    """A window, and the services whose alerts it mutes; all of them when it names none."""

    name: str
    window: Window
    services: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Inhibition:
    """A rule: while an alert fires that `when` fits, those that `mute` fits are no news.

    `equal` are the names of facts that both have, and have alike. No alert inhibits itself.
    """

    when: tuple[Matcher, ...]
    mute: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()

    def covers(self, facts: Facts, other: Facts) -> bool:
        """Whether an alert of `facts` is no news while another one fires."""
        same = all(facts.get(name) == other.get(name) for name in self.equal)
        itself = (facts["source"], facts["key"]) == (other["source"], other["key"])
        fits = all(one.covers(facts) for one in self.mute)
        return same and fits and not itself and all(one.covers(other) for one in self.when)


@dataclass(frozen=True)
class Hushing:
    """All that can keep signals from opening issues; `firing` are the facts of alerts that fire."""

    silences: Sequence[Silence] = ()
    mutings: Sequence[Muting] = ()
    inhibitions: Sequence[Inhibition] = ()
    firing: Sequence[Facts] = ()


@dataclass(frozen=True)
class Hushed:
    """How a signal was kept from opening an issue, and why."""

    outcome: Outcome
    why: str


def hushed(signal: Signal, at: datetime, hushing: Hushing) -> Hushed | None:
    """Return what keeps a signal from opening an issue, None when nothing does."""
    if signal.kind is SignalKind.REPORT:
        return None
    return next(_reasons(signal, at, hushing), None)


def _reasons(signal: Signal, at: datetime, hushing: Hushing) -> Iterator[Hushed]:
    facts = facts_of(signal)
    for silence in hushing.silences:
        if silence.starts_at <= at < silence.ends_at and silence.covers(facts):
            until = f"{silence.ends_at:%Y-%m-%d %H:%M} UTC"
            why = f"silenced by {silence.created_by} until {until}: {silence.comment}"
            yield Hushed(Outcome.SILENCED, why)
    for muting in hushing.mutings:
        if muting.services and signal.service not in muting.services:
            continue
        if (open_ := muting.window.open_at(at)) is not None:
            why = f"the window {muting.name} is open until {open_.end:%Y-%m-%d %H:%M} UTC"
            yield Hushed(Outcome.MUTED, why)
    for rule in hushing.inhibitions:
        if (other := _inhibiting(rule, facts, hushing.firing)) is not None:
            yield Hushed(Outcome.INHIBITED, f"it is no news while this fires: {other['title']}")


def _inhibiting(rule: Inhibition, facts: Facts, firing: Iterable[Facts]) -> Facts | None:
    return next((other for other in firing if rule.covers(facts, other)), None)
