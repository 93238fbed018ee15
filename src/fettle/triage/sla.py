"""What an issue's clocks show: read from their ledger, at any moment.

1. Time counts while a clock runs, in the calendar of its latest target: a change of priority
   measures all that has passed anew, and forgets nothing of it, nor of the pauses. What was met or
   stopped before keeps the target that it had; what was broken is not kept later on.
2. Due is the moment at which the target will have passed; while a clock is paused nothing becomes
   due, but what was due before stays so.
3. To start a clock that runs is to retarget it; one that was met begins anew.
4. An entry that is older than the one before it, from a machine whose clock went back, counts as
   of the moment of that one: no time is lost, and none counted twice.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from fettle.model.calendar import Calendar, Span
from fettle.model.classification import Hours, Sla
from fettle.model.clock import ClockAct, ClockEvent, ClockName
from fettle.model.quantity import Ratio

AT_RISK = Ratio(0.8)

Calendars = Mapping[Hours, Calendar]


class ClockState(StrEnum):
    """What a clock does; `met` late is `breached`."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Reading:
    """What a clock shows at a moment.

    `used` is the share of the target that has passed; `due` None means that nothing becomes due.
    """

    clock: ClockName
    state: ClockState
    due: datetime | None
    elapsed: timedelta
    target: Span | None
    used: Ratio
    met_at: datetime | None = None
    risk_noted: bool = False
    breach_noted: bool = False

    @property
    def at_risk(self) -> bool:
        """Whether it runs, and four fifths of its time have passed."""
        return self.state is ClockState.RUNNING and self.used >= AT_RISK


@dataclass
class _Ledger:
    """A clock's entries, folded: the stretches in which it ran, and what ended it."""

    target: Span | None = None
    hours: Hours = Hours.AROUND_THE_CLOCK
    ran: list[tuple[datetime, datetime]] = field(default_factory=list)
    running_since: datetime | None = None
    paused: bool = False
    met_at: datetime | None = None
    stopped: bool = False
    risk_noted: bool = False
    breach_noted: bool = False
    broke: bool = False
    waiting: ClockEvent | None = None  # the target that holds when it goes on

    @property
    def is_over(self) -> bool:
        """Whether it was met or stopped."""
        return self.stopped or self.met_at is not None

    @property
    def may_run(self) -> bool:
        """Whether nothing holds it."""
        return not self.paused and not self.is_over

    def go_on(self, at: datetime) -> None:
        """Begin a stretch, unless one runs or something holds it."""
        if self.running_since is None and self.may_run:
            self.running_since = at

    def stop(self, at: datetime) -> None:
        """End the stretch that runs."""
        if self.running_since is not None:
            self.ran.append((self.running_since, at))
            self.running_since = None

    def stretches(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the stretches up to now."""
        yield from self.ran
        if self.running_since is not None:
            yield self.running_since, max(now, self.running_since)


def readings(
    events: Sequence[ClockEvent], now: datetime, calendars: Calendars
) -> dict[ClockName, Reading]:
    """Return what each clock that was started shows."""
    ledgers = _folded(events)
    return {clock: _read(clock, ledger, now, calendars) for clock, ledger in ledgers.items()}


def broken(events: Sequence[ClockEvent]) -> tuple[ClockName, ...]:
    """Return the clocks whose promise was noted to be broken, and is not yet kept."""
    return tuple(
        clock
        for clock, ledger in _folded(events).items()
        if ledger.breach_noted and ledger.met_at is None and not ledger.stopped
    )


def _folded(events: Sequence[ClockEvent]) -> dict[ClockName, _Ledger]:
    ledgers: dict[ClockName, _Ledger] = {}
    for event in in_order(events):
        if event.act is ClockAct.STARTED:
            ledgers[event.clock] = _Ledger()
        if event.clock in ledgers:
            _ENTER[event.act](ledgers[event.clock], event)
    return ledgers


def in_order(events: Sequence[ClockEvent]) -> list[ClockEvent]:
    """Return the entries with moments that never go back, and starts of what does not run yet."""
    told: list[ClockEvent] = []
    run: set[ClockName] = set()
    for event in events:
        at = max(event.at, told[-1].at) if told else event.at
        runs = event.act is ClockAct.STARTED and event.clock in run
        told.append(replace(event, at=at, act=ClockAct.RETARGETED if runs else event.act))
        if event.act in (ClockAct.STARTED, ClockAct.REOPENED):
            run.add(event.clock)
        elif event.act in (ClockAct.MET, ClockAct.STOPPED):
            run.discard(event.clock)
    return told


def _start(ledger: _Ledger, event: ClockEvent) -> None:
    _retarget(ledger, event)
    ledger.running_since = event.at


def _restart(ledger: _Ledger, event: ClockEvent) -> None:
    ledger.ran = []
    ledger.running_since = event.at if ledger.may_run else None
    ledger.risk_noted = ledger.breach_noted = ledger.broke = False


def _pause(ledger: _Ledger, event: ClockEvent) -> None:
    ledger.stop(event.at)
    ledger.paused = True


def _resume(ledger: _Ledger, event: ClockEvent) -> None:
    ledger.paused = False
    ledger.go_on(event.at)


def _meet(ledger: _Ledger, event: ClockEvent) -> None:
    ledger.stop(event.at)
    ledger.met_at = ledger.met_at or event.at


def _stop(ledger: _Ledger, event: ClockEvent) -> None:
    ledger.stop(event.at)
    ledger.stopped = True


def _reopen(ledger: _Ledger, event: ClockEvent) -> None:
    ledger.met_at, ledger.stopped = None, False
    if ledger.waiting is not None:
        _retarget(ledger, ledger.waiting)
    ledger.go_on(event.at)


def _note_risk(ledger: _Ledger, _: ClockEvent) -> None:
    ledger.risk_noted = True


def _note_breach(ledger: _Ledger, _: ClockEvent) -> None:
    ledger.breach_noted = ledger.broke = True


def _retarget(ledger: _Ledger, event: ClockEvent) -> None:
    if ledger.is_over:
        ledger.waiting = event
        return
    if (event.target, event.hours) != (ledger.target, ledger.hours):
        ledger.risk_noted = ledger.breach_noted = False
    ledger.target = event.target
    ledger.hours = event.hours or ledger.hours


_ENTER: Mapping[ClockAct, Callable[[_Ledger, ClockEvent], None]] = {
    ClockAct.STARTED: _start,
    ClockAct.RETARGETED: _retarget,
    ClockAct.RESTARTED: _restart,
    ClockAct.PAUSED: _pause,
    ClockAct.RESUMED: _resume,
    ClockAct.MET: _meet,
    ClockAct.STOPPED: _stop,
    ClockAct.REOPENED: _reopen,
    ClockAct.AT_RISK: _note_risk,
    ClockAct.BREACHED: _note_breach,
}


def _read(clock: ClockName, ledger: _Ledger, now: datetime, calendars: Calendars) -> Reading:
    calendar = calendars[ledger.hours]
    elapsed = sum(
        (calendar.between(start, end) for start, end in ledger.stretches(now)), timedelta()
    )
    length = None if ledger.target is None else calendar.length(ledger.target)
    due = None if length is None else _due(ledger, length, calendar)
    return Reading(
        clock,
        _state(ledger, due, now),
        due,
        elapsed,
        ledger.target,
        Ratio(elapsed / length if length else 0),
        ledger.met_at,
        ledger.risk_noted,
        ledger.breach_noted,
    )


def _due(ledger: _Ledger, length: timedelta, calendar: Calendar) -> datetime | None:
    passed = timedelta()
    for start, end in ledger.ran:
        stretch = calendar.between(start, end)
        if passed + stretch >= length:
            return calendar.add(start, length - passed)
        passed += stretch
    if ledger.running_since is None:
        return None
    return calendar.add(ledger.running_since, length - passed)


def _state(ledger: _Ledger, due: datetime | None, now: datetime) -> ClockState:
    if ledger.met_at is not None:
        late = ledger.broke or (due is not None and ledger.met_at > due)
        return ClockState.BREACHED if late else ClockState.MET
    if due is not None and now >= due:
        return ClockState.BREACHED
    if ledger.stopped:
        return ClockState.STOPPED
    return ClockState.PAUSED if ledger.running_since is None else ClockState.RUNNING


def next_notice(
    events: Sequence[ClockEvent], now: datetime, calendars: Calendars
) -> datetime | None:
    """Return when a clock next becomes at risk or breached, and nobody has noted it yet."""
    moments = []
    ledgers = readings(events, now, calendars)
    for reading in ledgers.values():
        if reading.state not in (ClockState.RUNNING, ClockState.BREACHED) or reading.due is None:
            continue
        if reading.met_at is None and not reading.breach_noted:
            moments.append(reading.due)
            if not reading.risk_noted and reading.state is ClockState.RUNNING:
                moments.append(_risk_at(reading, now, events, calendars))
    return min(moments, default=None)


def _risk_at(
    reading: Reading, now: datetime, events: Sequence[ClockEvent], calendars: Calendars
) -> datetime:
    if reading.target is None or reading.at_risk:
        return now
    hours = next(
        event.hours
        for event in reversed(events)
        if event.clock is reading.clock and event.hours is not None
    )
    calendar = calendars[hours]
    return calendar.add(now, calendar.length(reading.target) * AT_RISK - reading.elapsed)


def notices(
    events: Sequence[ClockEvent], now: datetime, calendars: Calendars
) -> Iterator[ClockEvent]:
    """Yield an entry for each clock that has become at risk or breached without being noted."""
    for reading in readings(events, now, calendars).values():
        if reading.met_at is not None:
            continue
        if reading.state is ClockState.BREACHED and not reading.breach_noted:
            reason = "; ".join(why(events, reading.clock, calendars))
            yield ClockEvent(reading.clock, now, ClockAct.BREACHED, reason=reason)
        elif reading.at_risk and not reading.risk_noted:
            reason = f"{reading.used} of the time has passed"
            yield ClockEvent(reading.clock, now, ClockAct.AT_RISK, reason=reason)


def started(sla: Sla, at: datetime) -> list[ClockEvent]:
    """Return the entries that start an issue's clocks."""
    return [
        ClockEvent(clock, at, ClockAct.STARTED, target, sla.hours)
        for clock, target in _targets(sla).items()
    ]


def retargeted(sla: Sla, at: datetime, reason: str) -> list[ClockEvent]:
    """Return the entries of a change of priority."""
    return [
        ClockEvent(clock, at, ClockAct.RETARGETED, target, sla.hours, reason)
        for clock, target in _targets(sla).items()
    ]


def asked_anew(
    events: Sequence[ClockEvent], sla: Sla, at: datetime, reason: str
) -> tuple[ClockEvent, ...]:
    """Return the entries of a change after which somebody is asked again: a response starts."""
    response, act = ClockName.RESPONSE, ClockAct.STARTED
    asked = ClockEvent(response, at, act, sla.response, sla.hours, reason)
    return (asked, *(event for event in events if event.clock is not response))


def _targets(sla: Sla) -> dict[ClockName, Span | None]:
    return {
        ClockName.RESPONSE: sla.response,
        ClockName.UPDATE: sla.update,
        ClockName.RESOLUTION: sla.resolution,
    }


def why(events: Sequence[ClockEvent], clock: ClockName, calendars: Calendars) -> Iterator[str]:
    """Yield sentences that say how a clock's due time came about.

    Of a clock that began anew, only what counts since: how often it did, and the last time.
    """
    own = [event for event in in_order(events) if event.clock is clock]
    anew = [place for place, event in enumerate(own) if event.act is ClockAct.RESTARTED]
    if anew:
        yield from _begun_anew(own[: anew[-1] + 1], len(anew))
    for event in own[anew[-1] + 1 :] if anew else own:
        if sentence := _SENTENCES.get(event.act):
            yield sentence.format(at=_minute(event.at), promised=_promised(event)) + _because(event)
    if not own:
        return
    found = readings(events, own[-1].at, calendars).get(clock)
    if found is not None and found.due is not None:
        yield f"it is due at {_minute(found.due)}"


def _begun_anew(before: Sequence[ClockEvent], times: int) -> Iterator[str]:
    """Yield what is still so of what happened until a clock began anew for the last time."""
    often = f", the last of {times} times" if times > 1 else ""
    promise = _last(before, ClockAct.STARTED, ClockAct.RETARGETED)
    promised = f"; promised: {_promised(promise)}{_because(promise)}" if promise else ""
    yield f"it began anew at {_minute(before[-1].at)}{often}{promised}"
    held = _last(before, ClockAct.PAUSED, ClockAct.RESUMED)
    if held is not None and held.act is ClockAct.PAUSED:
        yield f"it was paused at {_minute(held.at)}{_because(held)}"


def _last(events: Sequence[ClockEvent], *acts: ClockAct) -> ClockEvent | None:
    return next((event for event in reversed(events) if event.act in acts), None)


def _promised(event: ClockEvent) -> str:
    return f"{event.target}, {event.hours}" if event.target else "nothing"


def _because(event: ClockEvent) -> str:
    return f" ({event.reason})" if event.reason else ""


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


_SENTENCES: Mapping[ClockAct, str] = {
    ClockAct.STARTED: "it started at {at}; promised: {promised}",
    ClockAct.RETARGETED: "at {at} the promise became {promised}",
    ClockAct.PAUSED: "it was paused at {at}",
    ClockAct.RESUMED: "it went on at {at}",
    ClockAct.MET: "it was met at {at}",
    ClockAct.STOPPED: "it was stopped at {at}",
    ClockAct.REOPENED: "it went on at {at}",
}
