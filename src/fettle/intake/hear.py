"""What a signal makes of its alert; pure.

1. The same key is the same alert: what fires again while it goes on is a repetition, and an end is
   that of what began under its key.
2. What tells of the past changes nothing: a fire of a time that has ended, the end of an earlier
   time, a delivery that is replayed and older than what was heard since.
3. An alert that begins and ends over and over flaps: it goes on until it has been calm for a while.
4. A source's clock is believed up to now: what it says is still to come, by our clock, came now.
   What it said is kept beside that: the same start, told again after its end, has ended.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from fettle.model.alert import Alert
from fettle.model.signal import Signal

_MOST_CHANGES = 50


class Change(StrEnum):
    """What became of the alert."""

    BEGAN = "began"
    REPEATED = "repeated"
    ENDED = "ended"
    LATE = "late"
    UNMATCHED = "unmatched"


@dataclass(frozen=True)
class Limits:
    """What counts as flapping, for how long it must be calm, and how late a fire can come."""

    flapping: int = 6
    flapping_within: timedelta = timedelta(minutes=30)
    calm: timedelta = timedelta(minutes=10)
    late_within: timedelta = timedelta(hours=1)


@dataclass(frozen=True)
class Heard:
    """The alert as it stands now, and what became of it."""

    alert: Alert
    change: Change


def hear(
    alert: Alert | None, signal: Signal, at: datetime, limits: Limits, *, replayed: bool = False
) -> Heard:
    """Return what a signal that came at a moment makes of its alert; None is one unheard of."""
    if alert is None:
        return _first(signal, at)
    if _is_past(alert, signal, at, limits, replayed=replayed):
        return Heard(alert, Change.LATE)
    if signal.firing:
        return _repeated(alert, signal, at) if alert.firing else _began(alert, signal, at, limits)
    if not alert.firing:
        return Heard(replace(alert, seen_at=at), Change.UNMATCHED)
    ended = replace(alert, firing=False, ended_at=_by_now(signal.ended_at, at), seen_at=at)
    return Heard(_changed(ended, at, limits), Change.ENDED)


def _first(signal: Signal, at: datetime) -> Heard:
    over_at = None if signal.firing else _by_now(signal.ended_at, at)
    alert = Alert(
        signal.source,
        signal.key,
        signal.firing,
        signal.title,
        _by_now(signal.started_at or over_at, at),  # of an end, by the clock of its source
        at,
        changes=(at,),
        ended_at=over_at,
        told_start=signal.started_at,
    )
    return Heard(_told(alert, signal), Change.BEGAN if signal.firing else Change.UNMATCHED)


def _is_past(alert: Alert, signal: Signal, at: datetime, limits: Limits, *, replayed: bool) -> bool:
    if replayed and at < alert.seen_at:
        return True
    if not signal.firing:
        known = signal.started_at is not None or _source_says_when(alert)
        return known and signal.ended_at is not None and signal.ended_at < alert.started_at
    if signal.started_at is None or alert.firing or alert.ended_at is None:
        return False
    if signal.started_at > alert.started_at and signal.started_at != alert.told_start:
        return False
    # a source that gives the same start each time is believed again after a while
    return at - alert.ended_at <= limits.late_within


def _source_says_when(alert: Alert) -> bool:
    """Whether it began when its source says, and not when we heard of it: by another clock."""
    return bool(alert.changes) and alert.started_at != alert.changes[-1]


def _repeated(alert: Alert, signal: Signal, at: datetime) -> Heard:
    said = signal.started_at
    began = alert.started_at if said is None or said > at else max(alert.started_at, said)
    told_start = max(filter(None, (alert.told_start, said)), default=None)
    again = replace(
        alert, times=alert.times + 1, seen_at=at, started_at=began, told_start=told_start
    )
    return Heard(_told(again, signal), Change.REPEATED)


def _began(alert: Alert, signal: Signal, at: datetime, limits: Limits) -> Heard:
    began = replace(
        alert,
        firing=True,
        times=alert.times + 1,
        seen_at=at,
        started_at=_by_now(signal.started_at, at),
        ended_at=None,
        told_start=signal.started_at,
    )
    return Heard(_changed(_told(began, signal), at, limits), Change.BEGAN)


def _by_now(said: datetime | None, at: datetime) -> datetime:
    """Return when something was: as its source says, or now, where it does not or is to come."""
    return at if said is None else min(said, at)


def _told(alert: Alert, signal: Signal) -> Alert:
    """Return the alert with what its latest signal says of it."""
    return replace(
        alert,
        title=signal.title,
        severity=signal.severity,
        service=signal.service,
        labels=signal.labels,
        group=signal.group,
    )


def _changed(alert: Alert, at: datetime, limits: Limits) -> Alert:
    since = at - limits.flapping_within
    recent = [change for change in alert.changes if change > since]
    changes = (*recent, at)[-_MOST_CHANGES:]
    return replace(
        alert, changes=changes, flapping=alert.flapping or len(changes) >= limits.flapping
    )


def calmed(alert: Alert, now: datetime, limits: Limits) -> Alert | None:
    """Return an alert that flapped and has been calm since; None while it flaps."""
    last = max(alert.changes, default=alert.seen_at)
    if not alert.flapping or now - last < limits.calm:
        return None
    return replace(alert, flapping=False, changes=())
