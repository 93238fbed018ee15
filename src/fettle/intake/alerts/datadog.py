"""Datadog: monitors, by its Webhooks integration.

Point it here:  Integrations, Webhooks, New, with the URL `https://HOST/hooks/KEY/datadog` and this
                payload; then write @webhook-NAME in the monitors' messages.
                `{"id": "$ID", "alert_id": "$ALERT_ID", "alert_scope": "$ALERT_SCOPE",
                "alert_transition": "$ALERT_TRANSITION", "alert_type": "$ALERT_TYPE",
                "alert_priority": "$ALERT_PRIORITY", "alert_title": "$ALERT_TITLE",
                "aggregation_key": "$AGGREG_KEY", "event_type": "$EVENT_TYPE",
                "title": "$EVENT_TITLE", "body": "$TEXT_ONLY_MSG", "date": "$DATE",
                "hostname": "$HOSTNAME", "link": "$LINK", "tags": "$TAGS"}`
                Datadog's default payload is taken as well; it says less.
Same alert:     the monitor and the scope that it is about, alert_id and alert_scope; else
                aggregation_key; of the default payload the monitor that its text links to, with
                the scope in its title.
It ends:        with the transition Recovered.
How bad:        the monitor's priority P1 to P5; else warning for the transition Warn, else
                alert_type.
Service:        the tag service or app.
Not read:       the test notifications of a monitor; a payload that is encoded as a form.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from fettle.errors import BadPayload
from fettle.intake.alerts import _json, _signals
from fettle.intake.alerts._json import Part
from fettle.intake.alerts._shapes import strange
from fettle.intake.mapping import Mapped, Posted
from fettle.model.signal import Signal, SignalKind

# [P2] [Re-Triggered on {host:web-1}] what the monitor is called
_HEAD = re.compile(
    r"(?:\[(?P<priority>P[1-5])\]\s*)?"
    r"\[(?P<transition>(?:Re-)?(?:Triggered|Warn|No data)|Renotify|Recovered|Resolved)"
    r"(?: on (?P<scope>\{[^]]{0,500}\}))?\]\s*",
    re.IGNORECASE,
)
_PRIORITY = re.compile(r"P[1-5]", re.IGNORECASE)
_MONITOR = re.compile(r"https://[A-Za-z0-9.-]{1,80}/monitors[/#](\d{1,20})")
# What stands for a variable that had no value, or that Datadog does not know.
_NOTHING = re.compile(r"\$[A-Z_]+|null|None|n/a", re.IGNORECASE)
_ENDED = ("recovered", "resolved", "success")
_TELLING = ("title", "alert_title", "body", "alert_id", "aggregation_key", "event_type")


def read(posted: Posted) -> Mapped:
    """Return what a monitor's notification says; raises BadPayload."""
    if "form" in posted.headers.get("content-type", ""):
        raise BadPayload(
            "the body is a form; JSON is read",
            remedy="in Datadog's webhook leave Encode as form off",
        )
    given = _json.whole(posted.body, "datadog")
    payload = _filled(given)
    if not payload.members.keys() & {*_TELLING, "alert_transition"}:
        raise strange(given.members, "datadog", "title: is missing")
    title = payload.first("title", "alert_title")
    if title is None:
        raise payload.bad("title", "is missing")
    head = _HEAD.match(title[:1000])
    if "[TEST]" in title[:200]:
        return Mapped(note="a test notification arrived; it is no alert")
    transition = payload.text("alert_transition") or (head["transition"] if head else None)
    said = transition or payload.text("alert_type")
    return Mapped((_signal(payload, posted, title, said or ""),))


def _signal(payload: Part, posted: Posted, title: str, said: str) -> Signal:
    head = _HEAD.match(title[:1000])
    name = title[head.end() :] if head else title
    link = _MONITOR.search(payload.first("link", "body", "text_only_msg") or "")
    monitor = payload.text("alert_id") or (link[1] if link else None)
    scope = payload.text("alert_scope") or (head["scope"] if head else None)
    firing = said.strip().casefold() not in _ENDED
    at = _moment(payload)
    signal = Signal(
        source=_signals.source_of(posted, "datadog"),
        kind=SignalKind.ALERT,
        key=_key(payload, monitor, scope) or f"{name} {scope or ''}".strip(),
        firing=firing,
        title=payload.text("alert_title") or name or title,
        text=payload.first("body", "text_only_msg") or "",
        said_severity=_word(payload, head, said) if firing else None,
        group=f"monitor {monitor}" if monitor and scope else None,
        rule=f"monitor {monitor}" if monitor else None,
        labels=_labels(payload, scope),
        started_at=at if firing else None,
        ended_at=None if firing else at,
        url=payload.text("link") or (link[0] if link else None),
    )
    return _signals.settled(signal, posted.options)


def _filled(payload: Part) -> Part:
    """Return a payload by names in small letters, without what stands for nothing."""
    members = {name.casefold(): value for name, value in payload.members.items()}
    kept = {
        name: value
        for name, value in members.items()
        if not (isinstance(value, str) and len(value) <= 100 and _NOTHING.fullmatch(value))
    }
    return Part(kept, payload.at)


def _key(payload: Part, monitor: str | None, scope: str | None) -> str | None:
    if monitor is None:
        return payload.text("aggregation_key")
    return f"{monitor}:{scope}" if scope and scope != "*" else monitor


def _word(payload: Part, head: re.Match[str] | None, said: str) -> str | None:
    priority = payload.first("alert_priority", "priority")
    if priority is None and head:
        priority = head["priority"]
    if priority is not None and _PRIORITY.fullmatch(priority):
        return priority
    if "warn" in said.casefold():
        return "warning"
    return payload.text("alert_type")


def _moment(payload: Part) -> datetime | None:
    return payload.moment("date") or payload.moment("last_updated")


def _labels(payload: Part, scope: str | None) -> Mapping[str, str]:
    given = payload.members.get("tags")
    texts = given if isinstance(given, list) else (payload.text("tags") or "").split(",")
    split = (text.strip().partition(":") for text in texts if isinstance(text, str))
    tags = {name: value for name, _, value in split if name}
    named = {
        "host": payload.text("hostname"),
        "scope": scope,
        "metric": payload.text("alert_metric"),
        "event_type": payload.text("event_type"),
    }
    return {**tags, **{name: value for name, value in named.items() if value is not None}}
