"""Which signals are one piece of trouble, and why; pure.

The source's own grouping comes first. Without one, alerts about the same service belong together,
while the issue is young, when one source raises them by the same rule, or when they are of the same
kind: what the words of one of them make of it parts none from those that its source says the same
of. What has neither stands by itself.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.model.classification import Classification
from fettle.model.issue import Issue
from fettle.model.signal import Signal, SignalKind
from fettle.store.statements import storable

_LONGEST = 300
# A number, a status, an id, the name of a machine. It is looked for from where a word begins: a
# title of 10,000 letters takes as long as it is, not its square.
_NUMBERED = re.compile(r"(?<!\w)[^\W\d]*\d[\w.:-]*")


@dataclass(frozen=True)
class Group:
    """What makes signals join an issue: its key, and in words. `within` None is without limit."""

    key: str
    why: str
    within: timedelta | None = None


def groups_of(signal: Signal, made: Classification, within: timedelta) -> tuple[Group, ...]:
    """Return the groups of a signal that was classified, the surest first."""
    if signal.group:
        key = short(f"group {signal.source} {signal.group}")
        return (Group(key, f"{signal.source} groups them: {signal.group[:_LONGEST]}"),)
    if made.services:
        return (*_by_rule(signal, made.services[0], within), _by_kind(made, within))
    return (Group(short(f"alert {signal.source} {signal.key}"), "it is the same alert"),)


def _by_rule(signal: Signal, service: str, within: timedelta) -> tuple[Group, ...]:
    """Return the group of what one source says the same of; people say what they like."""
    if signal.kind is SignalKind.REPORT:
        return ()
    rule = signal.rule or _NUMBERED.sub("#", signal.title)
    key = short(f"rule {service} {signal.source} {rule}")
    why = f"{signal.source} says the same of {service} ({rule[:_LONGEST]}), close in time"
    return (Group(key, why, within),)


def _by_kind(made: Classification, within: timedelta) -> Group:
    service, kind = made.services[0], made.class_ or made.category
    why = f"they are about {service}, of the kind {kind}, and close in time"
    return Group(short(f"kind {service} {kind}"), why, within)


def takes(issue: Issue, group: Group, at: datetime) -> bool:
    """Whether a signal of a group that came at a moment joins an issue of that group."""
    if not issue.status.is_live:
        return False
    return group.within is None or at - issue.opened_at <= group.within


def short(key: str) -> str:
    """Return a key as it is kept: a long one by its beginning and its hash."""
    key = storable(key)
    if len(key) <= _LONGEST:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: _LONGEST - len(digest) - 1]}…{digest}"
