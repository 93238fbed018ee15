"""Anything that posts JSON: read by a template of yours, or by the names that are common.

Point it here:  `https://HOST/hooks/KEY/generic`. Where things stand is set per key in fettle.toml,
                `[hook.template]`: title = "check.name", firing = "state", key = "check.id". A path
                goes from the alert, one that begins with `$.` from the whole payload;
                "{name} on {host}" is filled in; items names the list whose members are alerts.
                CloudEvents 1.0 are known in both modes (as the body, or ce-* headers with the data
                as the body) and in batches, and Pingdom's webhook by its shape.
Same alert:     the template's key; else dedup_key, key, fingerprint, alert_id, incident_key or
                check_id; of CloudEvents source and subject; else the title.
It ends:        when what firing names is one of resolved_when: resolved, ok, up, closed, recovered,
                false or 0. Without firing: status, state, current_state, alert_status,
                event_action, action, firing, or resolved as true; of CloudEvents the last part of
                the type.
How bad:        the template's severity; else severity, priority or level.
Service:        the template's service; else service, service_name, app or application.
Not read:       bodies that are not JSON; a payload in which what the template names is not there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fettle.errors import BadPayload
from fettle.intake.alerts import _cloudevents, _json, _signals, pingdom
from fettle.intake.alerts._cloudevents import Event
from fettle.intake.alerts._json import Part
from fettle.intake.alerts._paths import Place
from fettle.intake.mapping import Mapped, Posted, Template
from fettle.intake.moments import moment
from fettle.model.signal import Signal, SignalKind

_TITLE = ("title", "summary", "name", "subject", "alertname", "alert", "check_name", "message")
_TEXT = ("description", "message", "text", "details", "body", "reason", "output")
_KEY = ("dedup_key", "key", "fingerprint", "alert_id", "incident_key", "check_id")
_STATE = ("status", "state", "current_state", "alert_status", "event_action", "action", "firing")
_SEVERITY = ("severity", "priority", "level")
_BEGAN, _OVER, _SAID_AT = (
    ("started_at", "startsAt"),
    ("ended_at", "endsAt", "resolved_at"),
    ("timestamp", "time", "date"),
)
_URL = ("url", "link", "href", "web_url", "dashboard_url")
_GROUP = ("group", "group_key", "groupKey")
# Besides the words that are set: what those who send without a template say of an end.
_ENDED = ("resolve", "success", "healthy", "normal", "cleared", "clear", "inactive", "passing")


def read(posted: Posted) -> Mapped:
    """Return what a payload says; raises BadPayload."""
    if _cloudevents.is_binary(posted):
        return _of_event(_cloudevents.binary(posted), posted)
    found = _json.document(posted.body)
    if isinstance(found, dict) and "specversion" in found:
        return _of_event(_cloudevents.structured(Part(found)), posted)
    if _is_batch(posted):
        return _of_batch(found, posted)
    if posted.options.template == Template() and _is_pingdom(found):
        return pingdom.read(posted)
    return _of_items(found, None, posted)


def _is_batch(posted: Posted) -> bool:
    return posted.headers.get("content-type", "").startswith("application/cloudevents-batch+json")


def _is_pingdom(found: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(found, dict) and {"check_id", "current_state", "check_type"} <= found.keys()


def _of_batch(found: Any, posted: Posted) -> Mapped:  # noqa: ANN401 - JSON
    if not isinstance(found, list):
        raise BadPayload("the body is no batch of CloudEvents: it is not a list")
    mapped, torn = _json.each(
        _json.at_most(found, "events"),
        "events",
        lambda part: _of_event(_cloudevents.structured(part), posted),
    )
    return Mapped(
        tuple(signal for one in mapped for signal in one.signals),
        (*torn, *(refused for one in mapped for refused in one.rejected)),
        note=next((one.note for one in mapped if one.note), None),
    )


def _of_event(event: Event, posted: Posted) -> Mapped:
    return _of_items(event.data, event, posted)


def _of_items(found: Any, event: Event | None, posted: Posted) -> Mapped:  # noqa: ANN401 - JSON
    """Return the alerts of a payload: it is one, or a list of them stands in it."""
    at = event.at if event else ""
    items, where = _items(found, event, posted.options.template)
    if items is None:
        return Mapped((_signal(Place(found, found), at, event, posted),))
    if not items:
        return Mapped(note=f"{where} is an empty list")
    path = _at(at, where)
    signals, rejected = _json.each(
        _json.at_most(items, path),
        path,
        lambda part: _signal(Place(found, part.members), part.at, event, posted),
    )
    return Mapped(signals, rejected)


def _items(
    found: Any,  # noqa: ANN401 - JSON
    event: Event | None,
    template: Template,
) -> tuple[list[Any] | None, str]:
    """Return the list whose members are alerts, and its path; None where there is one alert."""
    if template.items is None:
        return (found, "alerts") if event is None and isinstance(found, list) else (None, "")
    value = Place(found, found).value(template.items)
    if not isinstance(value, list):
        raise BadPayload(f"{template.items}: is no list, which the template's items names")
    return value, template.items


def _signal(place: Place, at: str, event: Event | None, posted: Posted) -> Signal:
    template = posted.options.template
    title = _asked(place, at, "title", template.title, _TITLE) or (event and event.title)
    if not title:
        raise BadPayload(
            f"{_at(at, 'title')}: is missing, and so is every other name of a title",
            remedy="say where it stands: [hook.template] title in fettle.toml",
        )
    firing = _firing(place, at, event, template)
    started_at, ended_at = _moments(place, event, template, firing=firing)
    signal = Signal(
        source=_signals.source_of(posted, "generic"),
        kind=SignalKind.ALERT,
        key=_asked(place, at, "key", template.key, _KEY) or (event.key if event else title),
        firing=firing,
        title=title,
        text=_found(place, template.text, _TEXT) or _plain(event),
        said_severity=_found(place, template.severity, _SEVERITY),
        service=_found(place, template.service, _signals.SERVICE),
        group=_found(place, template.group, _GROUP),
        labels=_labels(place, event, template),
        started_at=started_at,
        ended_at=ended_at,
        url=_found(place, template.url, _URL),
    )
    return _signals.settled(signal, posted.options)


def _asked(place: Place, at: str, field: str, path: str | None, names: Sequence[str]) -> str | None:
    """Return a text: where the template names its place, it must stand there."""
    found = _found(place, path, names)
    if path is not None and found is None:
        raise BadPayload(f"{_at(at, path)}: is missing, which the template's {field} names")
    return found


def _found(place: Place, path: str | None, names: Sequence[str]) -> str | None:
    if path is not None:
        return place.text(path)
    if not isinstance(place.alert, dict):
        return None
    return Part(place.alert).first(*names)


def _firing(place: Place, at: str, event: Event | None, template: Template) -> bool:
    ended = {word.casefold() for word in template.resolved_when}
    said = _asked(place, at, "firing", template.firing, _STATE)
    if template.firing is None:
        ended.update(_ENDED)
        if _found(place, None, ("resolved",)) == "true":
            return False
        said = said or (event.outcome if event else None)
    return said is None or said.strip().casefold() not in ended


def _moments(
    place: Place, event: Event | None, template: Template, *, firing: bool
) -> tuple[datetime | None, datetime | None]:
    """Return when it began and when it ended, as far as that is said."""
    said_at = _first_moment(place, _SAID_AT) or (event.moment if event else None)
    if template.started_at is not None:
        began = moment(place.value(template.started_at))
    else:
        began = _first_moment(place, _BEGAN)
        if firing:
            began = began or said_at or _first_moment(place, ("created_at",))
    return began, None if firing else _first_moment(place, _OVER) or said_at


def _first_moment(place: Place, names: Sequence[str]) -> datetime | None:
    return moment(_found(place, None, names))


def _labels(place: Place, event: Event | None, template: Template) -> dict[str, str]:
    given = Part(place.alert).texts("labels") if isinstance(place.alert, dict) else {}
    named = {name: place.text(path) for name, path in template.labels.items()}
    kept = {name: text for name, text in named.items() if text is not None}
    attributes = {
        name: value
        for name, value in (event.attributes.items() if event else ())
        if name not in ("id", "specversion", "time", "datacontenttype", "dataschema")
    }
    return {**attributes, **given, **kept}


def _plain(event: Event | None) -> str:
    return event.data if event and isinstance(event.data, str) else ""


def _at(at: str, path: str) -> str:
    return f"{at}.{path}" if at else path
