"""What keeps a signal from opening an issue, and why; pure.

1. A silence, until it ends; somebody made it, and said why.
2. A window in which the service is worked on.
3. Another alert that fires and makes it no news: a rule of the team's own.

A person who reports trouble is never hushed. What was hushed is kept and counted, and opens its
issue when it still goes on after that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fettle.model.alert import Alert, Outcome
from fettle.model.signal import Signal, SignalKind
from fettle.model.silence import KNOWN, Comparison, Matcher, Silence, facts_of
from fettle.model.window import Window

Facts = Mapping[str, str]
ServicesOf = Callable[[Signal], Sequence[str]]


@dataclass(frozen=True)
class Muting:
    """A window, and the services whose alerts it mutes; all of them when it names none."""

    name: str
    window: Window
    services: frozenset[str] = frozenset()

    def mutes(self, service: str | None) -> bool:
        """Whether it mutes alerts of a service; `-` and `_` are equal in names."""
        named = {one.replace("-", "_") for one in self.services}
        return not named or (service or "").replace("-", "_") in named


@dataclass(frozen=True)
class Inhibition:
    """A rule: while an alert fires that `when` fits, those that `mute` fits are no news.

    `equal` are the names of facts that both have, and have alike. No alert inhibits itself.
    """

    when: tuple[Matcher, ...]
    mute: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()

    @property
    def labels(self) -> Facts:
        """Labels that all alerts have that `when` fits: as much as an index can tell of it."""
        return {
            one.name: one.value
            for one in self.when
            if one.op is Comparison.IS and one.value and one.name not in KNOWN
        }


_Alike = tuple[str | None, ...]
_Key = tuple[str, str]


class Inhibiting:
    """The alerts that fire and make others no news, by rule and by what both must have alike."""

    def __init__(self, rules: Sequence[Inhibition] = ()) -> None:
        self._rules = [_Firing(rule) for rule in rules]

    def hear(self, alert: Alert) -> None:
        """Take notice of how an alert stands."""
        for one in self._rules:
            one.hear((alert.source, alert.key), facts_of(alert), firing=alert.firing)

    def of(self, facts: Facts) -> Iterator[Facts]:
        """Yield alerts that make one of these facts no news."""
        for one in self._rules:
            yield from one.inhibiting(facts)


@dataclass
class _Firing:
    """The alerts that fire and that a rule's `when` fits."""

    rule: Inhibition
    alike: dict[_Key, _Alike] = field(default_factory=dict)
    facts: dict[_Alike, dict[_Key, Facts]] = field(default_factory=dict)

    def hear(self, key: _Key, facts: Facts, *, firing: bool) -> None:
        if (before := self.alike.pop(key, None)) is not None:
            del self.facts[before][key]
        if firing and all(one.covers(facts) for one in self.rule.when):
            self.alike[key] = self._alike(facts)
            self.facts.setdefault(self.alike[key], {})[key] = facts

    def inhibiting(self, facts: Facts) -> Iterator[Facts]:
        others = self.facts.get(self._alike(facts), {})
        if others and all(one.covers(facts) for one in self.rule.mute):
            itself = facts["source"], facts["key"]
            yield from (other for key, other in others.items() if key != itself)

    def _alike(self, facts: Facts) -> _Alike:
        return tuple(facts.get(name) for name in self.rule.equal)


@dataclass(frozen=True)
class Hushing:
    """All that can keep signals from opening issues."""

    silences: Sequence[Silence] = ()
    mutings: Sequence[Muting] = ()
    inhibiting: Inhibiting = field(default_factory=Inhibiting)


@dataclass(frozen=True)
class Hushed:
    """How a signal was kept from opening an issue, and why."""

    outcome: Outcome
    why: str


def hushed(
    signal: Signal, at: datetime, hushing: Hushing, services_of: ServicesOf
) -> Hushed | None:
    """Return what keeps a signal from opening an issue, None when nothing does.

    `services_of` says which services of the catalogue it is about, whatever its source calls them.
    """
    if signal.kind is SignalKind.REPORT:
        return None
    return next(_reasons(signal, at, hushing, services_of), None)


def _reasons(
    signal: Signal, at: datetime, hushing: Hushing, services_of: ServicesOf
) -> Iterator[Hushed]:
    facts = facts_of(signal)
    for silence in hushing.silences:
        if silence.starts_at <= at < silence.ends_at and silence.covers(facts):
            until = f"{silence.ends_at:%Y-%m-%d %H:%M} UTC"
            why = f"silenced by {silence.created_by} until {until}: {silence.comment}"
            yield Hushed(Outcome.SILENCED, why)
    for muting in hushing.mutings:
        open_ = muting.window.open_at(at)
        if open_ is not None and _is_about(muting, signal, services_of):
            why = f"the window {muting.name} is open until {open_.end:%Y-%m-%d %H:%M} UTC"
            yield Hushed(Outcome.MUTED, why)
    for other in hushing.inhibiting.of(facts):
        yield Hushed(Outcome.INHIBITED, f"it is no news while this fires: {other['title']}")


def _is_about(muting: Muting, signal: Signal, services_of: ServicesOf) -> bool:
    """Whether a window mutes all that a signal is about."""
    if muting.mutes(signal.service):
        return True
    services = services_of(signal)
    return bool(services) and all(map(muting.mutes, services))
