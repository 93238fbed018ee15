"""What a ping, or its absence, makes of a heartbeat; pure.

Nothing but what a job says ends its trouble: one that begins again after it was late or failed is
still late or failed, until it says that it went well. A ping counts by when it came, not by when
the one before it came: a clock that was put back makes nothing late. For the same reason signals
carry no moments of their own: they were kept in the order in which they hold.

A job can name its runs, as with healthchecks.io: what ends well is then the run that it names, and
another one that has begun since goes on, and is waited for. Without a name it is whatever has
begun, and so is what fails.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from fettle.model.heartbeat import Heartbeat, HeartbeatState, Ping, Said
from fettle.model.quantity import say_duration
from fettle.model.signal import Signal, SignalKind

SOURCE = "heartbeats"


@dataclass(frozen=True)
class Beaten:
    """What came of it: the heartbeat as it is now, and the signal to file, if any."""

    heartbeat: Heartbeat
    signal: Signal | None = None


def pinged(before: Heartbeat, ping: Ping) -> Beaten:
    """Return what a ping comes to."""
    match ping.said:
        case Said.START:
            state = before.state if before.state.firing else HeartbeatState.STARTED
            begun = replace(before, state=state, started_at=ping.at, started_run=ping.run)
            return Beaten(begun)
        case Said.FAIL:
            now = _over(replace(before, state=HeartbeatState.FAILED, seen_at=ping.at))
            said = f"{before.name} failed"
            if ping.exit_status is not None:
                said += f" with exit status {ping.exit_status}"
            return Beaten(now, _signal(now, said, ping.text, firing=True))
        case Said.DONE:
            now = _done(before, ping)
            ended = _signal(before, f"{before.name} ran", ping.text, firing=False)
            return Beaten(now, ended if before.state.firing else None)


def rang(before: Heartbeat, now: datetime) -> Beaten:
    """Return what the time comes to: late, when nothing came that was due."""
    if before.due_at is None or now < before.due_at:
        return Beaten(before)
    late = replace(before, state=HeartbeatState.LATE)
    return Beaten(late, _signal(late, f"{before.name} is late", _missing(before), firing=True))


def removed(before: Heartbeat) -> Signal | None:
    """Return what ends the trouble of a heartbeat that nobody waits for any more."""
    if not before.state.firing:
        return None
    title = f"{before.name} was removed"
    return _signal(before, title, "Nobody waits for it any more.", firing=False)


def _done(before: Heartbeat, ping: Ping) -> Heartbeat:
    """Return one that ran well; another run that has begun goes on, unless it is overdue."""
    now = replace(before, state=HeartbeatState.UP, seen_at=ping.at)
    another = ping.run is not None and ping.run != before.started_run
    if not another or before.to_end_by is None or before.to_end_by <= ping.at:
        return _over(now)
    return replace(now, state=HeartbeatState.STARTED)


def _over(heartbeat: Heartbeat) -> Heartbeat:
    return replace(heartbeat, started_at=None, started_run=None)


def _signal(heartbeat: Heartbeat, title: str, text: str, *, firing: bool) -> Signal:
    """Return what is filed. It is known by its name: whoever knows its id can ping it."""
    return Signal(
        SOURCE,
        SignalKind.HEARTBEAT,
        heartbeat.name,
        firing=firing,
        title=title,
        text=text,
        severity=heartbeat.severity if firing else None,
        service=heartbeat.service,
        labels=_labels(heartbeat),
    )


def _labels(heartbeat: Heartbeat) -> dict[str, str]:
    return {"heartbeat": heartbeat.name, "state": str(heartbeat.state)}


def _missing(heartbeat: Heartbeat) -> str:
    """Say what was waited for, and since when."""
    every, grace = say_duration(heartbeat.period), say_duration(heartbeat.grace)
    lines = [f"It is to run every {every}, and may be {grace} late."]
    if heartbeat.seen_at is not None:
        lines.append(f"It was last heard of at {heartbeat.seen_at:%Y-%m-%d %H:%M:%S %Z}.")
    if heartbeat.started_at is not None:
        lines.append(
            f"It began at {heartbeat.started_at:%Y-%m-%d %H:%M:%S %Z}, and has not said since "
            "how it went."
        )
    return "\n".join(lines)
