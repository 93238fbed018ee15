"""What a ping, or its absence, makes of a heartbeat; pure.

Nothing but what a job says ends its trouble: one that begins again after it was late or failed is
still late or failed, until it says that it went well. A ping counts by when it came, not by when
the one before it came: a clock that was put back makes nothing late. For the same reason signals
carry no moments of their own: they were kept in the order in which they hold.
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
            return Beaten(replace(before, state=state, started_at=ping.at))
        case Said.FAIL:
            now = _seen(before, HeartbeatState.FAILED, ping.at)
            said = f"{before.name} failed"
            if ping.exit_status is not None:
                said += f" with exit status {ping.exit_status}"
            return Beaten(now, _fired(now, said, ping.text))
        case Said.DONE:
            now = _seen(before, HeartbeatState.UP, ping.at)
            return Beaten(now, _recovered(before, ping) if before.state.firing else None)


def rang(before: Heartbeat, now: datetime) -> Beaten:
    """Return what the time comes to: late, when nothing came that was due."""
    if before.due_at is None or now < before.due_at:
        return Beaten(before)
    late = replace(before, state=HeartbeatState.LATE)
    return Beaten(late, _fired(late, f"{before.name} is late", _missing(before)))


def removed(before: Heartbeat) -> Signal | None:
    """Return what ends the trouble of a heartbeat that nobody waits for any more."""
    if not before.state.firing:
        return None
    title = f"{before.name} was removed"
    return _ended(before, title, "Nobody waits for it any more.")


def _seen(before: Heartbeat, state: HeartbeatState, at: datetime) -> Heartbeat:
    return replace(before, state=state, seen_at=at, started_at=None)


def _fired(heartbeat: Heartbeat, title: str, text: str) -> Signal:
    return Signal(
        SOURCE,
        SignalKind.HEARTBEAT,
        str(heartbeat.id),
        firing=True,
        title=title,
        text=text,
        severity=heartbeat.severity,
        service=heartbeat.service,
        labels=_labels(heartbeat),
    )


def _recovered(before: Heartbeat, ping: Ping) -> Signal:
    return _ended(before, f"{before.name} ran", ping.text)


def _ended(heartbeat: Heartbeat, title: str, text: str) -> Signal:
    return Signal(
        SOURCE,
        SignalKind.HEARTBEAT,
        str(heartbeat.id),
        firing=False,
        title=title,
        text=text,
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
