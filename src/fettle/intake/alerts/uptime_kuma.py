"""Uptime Kuma: monitors that go down and come up, and certificates about to expire.

Point it here:  Settings, Notifications, Setup Notification, Type Webhook, Post URL
                `https://HOST/hooks/KEY/uptime-kuma`, Request Body `Preset - application/json`.
                Apply it on the monitors.
Same alert:     the monitor's id.
It ends:        when the monitor is up. A certificate's or a domain's expiry is told and never taken
                back: resolve its issue by hand.
How bad:        a tag severity of the monitor.
Service:        a tag service or app of the monitor.
Not read:       pending and maintenance, which are neither up nor down; the test message; a body of
                form-data or of one's own.
"""

import re

from fettle.errors import BadPayload
from fettle.intake.alerts import _json, _signals
from fettle.intake.alerts._json import Part
from fettle.intake.mapping import Mapped, Posted
from fettle.model.signal import Signal, SignalKind

_DOWN, _UP = "0", "1"
_NEITHER = {"2": "pending", "3": "in maintenance"}
_EXPIRY = re.compile(r"\bexpire[ds]?\b", re.IGNORECASE)
_DAYS = re.compile(r"\b\d+ days?\b")


def read(posted: Posted) -> Mapped:
    """Return what a notification says; raises BadPayload."""
    if "form" in posted.headers.get("content-type", ""):
        raise BadPayload(
            "the body is a form; JSON is read",
            remedy="in Uptime Kuma set Request Body to Preset - application/json",
        )
    payload = _json.whole(posted.body, "uptime-kuma", "heartbeat", "monitor", "msg")
    if payload.members["heartbeat"] is None:
        return _said(payload, posted)
    beat = payload.needed_part("heartbeat")
    status = beat.needed("status")
    if status in _NEITHER:
        return Mapped(note=f"the monitor is {_NEITHER[status]}: neither up nor down")
    if status not in (_DOWN, _UP):
        raise beat.bad("status", "is none of 0 (down), 1 (up), 2 (pending) and 3 (maintenance)")
    return Mapped((_signal(payload, beat, posted, firing=status == _DOWN),))


def _signal(payload: Part, beat: Part, posted: Posted, *, firing: bool) -> Signal:
    monitor = payload.part("monitor")
    key = beat.first("monitorID", "monitor_id") or monitor.needed("id")
    name = monitor.first("name", "pathName") or f"monitor {key}"
    at = beat.moment("time")  # in UTC, whatever zone stands beside it
    signal = Signal(
        source=_signals.source_of(posted, "uptime-kuma"),
        kind=SignalKind.PROBE,
        key=key,
        firing=firing,
        title=f"{name} is {'down' if firing else 'up'}",
        text=beat.text("msg") or payload.text("msg") or "",
        rule=_signals.ANSWERS,
        labels=_labels(monitor),
        started_at=at if firing else None,
        ended_at=None if firing else at,
        url=monitor.text("url"),
    )
    return _signals.settled(signal, posted.options)


def _said(payload: Part, posted: Posted) -> Mapped:
    """Return what a notification of no monitor says: an expiry, or that notifications work."""
    message = payload.needed("msg")
    if not _EXPIRY.search(message[:2000]):
        return Mapped(note=f"no monitor is meant: {_signals.line(message, 200)}")
    signal = Signal(
        source=_signals.source_of(posted, "uptime-kuma"),
        kind=SignalKind.PROBE,
        key=_DAYS.sub("some days", message[:2000]),  # fewer each time that it is told
        firing=True,
        title=message,
    )
    return Mapped((_signals.settled(signal, posted.options),))


def _labels(monitor: Part) -> dict[str, str]:
    named = {
        "monitor": monitor.text("name"),
        "type": monitor.text("type"),
        "host": monitor.text("hostname"),
    }
    tags = monitor.members.get("tags")
    parts = [Part(tag) for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
    tagged = {tag.text("name") or "": tag.text("value") or "" for tag in parts}
    return {**tagged, **{name: value for name, value in named.items() if value is not None}}
