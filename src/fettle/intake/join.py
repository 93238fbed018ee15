"""Which signals are one piece of trouble, and why; pure.

The source's own grouping comes first. Without one, alerts about the same service and of the same
kind belong together, while the issue is young. What has neither stands by itself.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from fettle.model.classification import Classification
from fettle.model.issue import Issue
from fettle.model.signal import Signal
from fettle.store.statements import storable

_LONGEST = 300


@dataclass(frozen=True)
class Group:
    """What makes signals join an issue: its key, and in words. `within` None is without limit."""

    key: str
    why: str
    within: timedelta | None = None


def group_of(signal: Signal, made: Classification, within: timedelta) -> Group:
    """Return the group of a signal that was classified."""
    if signal.group:
        key = short(f"group {signal.source} {signal.group}")
        return Group(key, f"{signal.source} groups them: {signal.group[:_LONGEST]}")
    if made.services:
        service, kind = made.services[0], made.class_ or made.category
        why = f"they are about {service}, of the kind {kind}, and close in time"
        return Group(short(f"kind {service} {kind}"), why, within)
    return Group(short(f"alert {signal.source} {signal.key}"), "it is the same alert")


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
