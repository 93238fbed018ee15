"""PagerDuty's Events API v2: every tool that can page PagerDuty becomes a source.

Point it here:  where the tool lets you set PagerDuty's address, `https://HOST/v2/enqueue`, and as
                routing key (integration key) a key of `fettle key create --kind hook`. Or post
                events to `https://HOST/hooks/KEY/pagerduty`.
Same alert:     dedup_key. A trigger without one is an alert of its own: the answer holds the key
                that acknowledges and resolves it.
It ends:        with a resolve; an acknowledge tells that somebody has taken it.
How bad:        payload.severity: critical, error, warning or info.
Service:        service or service_name in custom_details. PagerDuty's own is the one whose key is
                used: set it with `[[hook]] service`.
Not read:       change events, images, and the webhooks that PagerDuty itself sends of incidents.
"""

from hashlib import sha256

from fettle.intake.alerts import _json, _signals
from fettle.intake.alerts._json import Part
from fettle.intake.mapping import Mapped, Posted
from fettle.model.signal import Signal, SignalKind

_ACTIONS = ("trigger", "acknowledge", "resolve")


def read(posted: Posted) -> Mapped:
    """Return what an event says; raises BadPayload."""
    event = _json.whole(posted.body, "pagerduty", "event_action")
    action = event.needed("event_action")
    if action not in _ACTIONS:
        raise event.bad("event_action", f"is none of {', '.join(_ACTIONS)}")
    key = event.text("dedup_key")
    if action == "trigger":
        return Mapped((_triggered(event, key or _own_key(posted), posted),))
    if key is None:
        raise event.bad("dedup_key", f"is missing: nothing tells what to {action}")
    if action == "acknowledge":
        return Mapped(acknowledged=(_signals.identity(key),))
    return Mapped((_resolved(event, key, posted),))


def _triggered(event: Part, key: str, posted: Posted) -> Signal:
    payload = event.needed_part("payload")
    signal = Signal(
        source=_signals.source_of(posted, "pagerduty"),
        kind=SignalKind.ALERT,
        key=key,
        firing=True,
        title=payload.needed("summary"),
        text=_text(event, payload),
        said_severity=payload.needed("severity"),
        group=payload.text("group"),
        rule=payload.text("class"),
        labels=_labels(event, payload),
        started_at=payload.moment("timestamp"),
        url=_url(event),
    )
    return _signals.settled(signal, posted.options)


def _resolved(event: Part, key: str, posted: Posted) -> Signal:
    payload = event.part("payload")
    signal = Signal(
        source=_signals.source_of(posted, "pagerduty"),
        kind=SignalKind.ALERT,
        key=key,
        firing=False,
        title=payload.text("summary") or key,
        labels=_labels(event, payload),
        ended_at=payload.moment("timestamp"),
        url=_url(event),
    )
    return _signals.settled(signal, posted.options)


def _own_key(posted: Posted) -> str:
    """Return a key for an event without one: the same each time that this delivery is read."""
    told = f"{posted.hook}\0{posted.received_at.timestamp()}\0".encode() + posted.body
    return sha256(told).hexdigest()[:32]


def _labels(event: Part, payload: Part) -> dict[str, str]:
    named = {name: payload.text(name) for name in ("source", "component", "class")}
    named["client"] = event.text("client")
    given = payload.texts("custom_details")
    return {**given, **{name: value for name, value in named.items() if value is not None}}


def _text(event: Part, payload: Part) -> str:
    """Return the details that were written as a text, and the links."""
    said = [payload.text("custom_details") or ""]
    links = event.members.get("links")
    for link in links[:10] if isinstance(links, list) else ():
        if isinstance(link, dict):
            one = Part(link)
            said.append(": ".join(filter(None, (one.text("text"), one.text("href")))))
    return "\n".join(filter(None, said))


def _url(event: Part) -> str | None:
    links = event.members.get("links")
    first = links[0] if isinstance(links, list) and links else None
    return event.text("client_url") or (
        Part(first).text("href") if isinstance(first, dict) else None
    )
