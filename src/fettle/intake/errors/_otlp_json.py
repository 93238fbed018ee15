"""Reads OpenTelemetry's logs and traces from JSON, as its own encoding has it.

Ids are hexadecimal, 64-bit numbers may be texts, and what is not known is passed over.
Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

import re
from collections.abc import Iterator
from typing import Any

from fettle.errors import BadPayload
from fettle.intake.errors._fields import LONG, NAME, cut, printed
from fettle.intake.errors._json import an_object, kind_of
from fettle.intake.errors._otlp import (
    ERROR,
    EXCEPTION,
    MOST_ATTRIBUTES,
    TOO_MANY,
    Found,
    Record,
    Room,
    Source,
    Span,
    Unreadable,
    attributes,
)

_MOST_EVENTS, _MOST_DEPTH, _MOST_LISTED = 100, 6, 50
_HEX = re.compile(r"[0-9a-fA-F]{1,32}")
_COUNT = re.compile(r"\d{1,20}")


def logs(body: bytes) -> Iterator[Found]:
    """Yield what each log record holds; raises BadPayload and TooLarge."""
    room = Room()
    for source, record in _records(body, ("resourceLogs", "scopeLogs", "logRecords"), room):
        if isinstance(record, str):
            yield Unreadable(record)
        elif not _is_error(record):
            yield ()
        else:
            yield (_log(record, source),) if room.take_error() else TOO_MANY


def spans(body: bytes) -> Iterator[Found]:
    """Yield the events of each span; raises BadPayload and TooLarge."""
    room = Room()
    for source, record in _records(body, ("resourceSpans", "scopeSpans", "spans"), room):
        if isinstance(record, str):
            yield Unreadable(record)
            continue
        events = _exceptions(record)
        room_left = all(room.take_error() for _ in events)
        yield tuple(_events(record, events, source)) if room_left else TOO_MANY


def _records(
    body: bytes, names: tuple[str, str, str], room: Room
) -> Iterator[tuple[Source, dict[str, Any] | str]]:
    """Yield records, or in words why one is none; raises BadPayload."""
    resources, scopes, records = names
    whole = an_object(body, "the body")
    if resources not in whole:
        raise BadPayload(f"{resources}: is missing")
    for index, around in enumerate(_list(whole, resources, "", room)):
        place = f"{resources}[{index}]."
        resource = attributes(_pairs(_inner(around, "resource").get("attributes")))
        for number, inside in enumerate(_list(around, scopes, place, room)):
            source = Source(resource, _text(_inner(inside, "scope"), "name"))
            inner = f"{place}{scopes}[{number}]."
            for at, one in enumerate(_list(inside, records, inner, room)):
                if isinstance(one, dict):
                    yield source, one
                else:
                    yield source, f"{inner}{records}[{at}]: is {kind_of(one)}, and no object"


def _list(of: object, name: str, place: str, room: Room) -> list[Any]:
    if not isinstance(of, dict):
        raise BadPayload(f"{place.rstrip('.')}: is {kind_of(of)}, and no object")
    value = of.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadPayload(f"{place}{name}: is {kind_of(value)}, and no list")
    room.take_parts(len(value), f"{place}{name}")
    return value


def _is_error(record: dict[str, Any]) -> bool:
    """Whether a record may be an error: nearly all are none, and are not read any further."""
    given = record.get("attributes")
    return _count(record.get("severityNumber")) >= ERROR or any(
        isinstance(one, dict) and str(one.get("key")).startswith(EXCEPTION)
        for one in (given[:MOST_ATTRIBUTES] if isinstance(given, list) else ())
    )


def _exceptions(span: dict[str, Any]) -> list[dict[str, Any]]:
    events = span.get("events")
    return [
        one
        for one in (events[:_MOST_EVENTS] if isinstance(events, list) else ())
        if isinstance(one, dict) and one.get("name") == "exception"
    ]


def _inner(of: object, name: str) -> dict[str, Any]:
    value = of.get(name) if isinstance(of, dict) else None
    return value if isinstance(value, dict) else {}


def _log(record: dict[str, Any], source: Source) -> Record:
    return Record(
        source,
        at_ns=_count(record.get("timeUnixNano")) or _count(record.get("observedTimeUnixNano")),
        severity=_count(record.get("severityNumber")),
        body=printed(_value(record.get("body"), 0) or "", LONG),
        name=_text(record, "eventName"),
        attributes=attributes(_pairs(record.get("attributes"))),
        trace=_hex(record.get("traceId")),
        span_id=_hex(record.get("spanId")),
    )


def _events(span: dict[str, Any], events: list[dict[str, Any]], source: Source) -> Iterator[Record]:
    around = Span(
        _text(span, "name"),
        _hex(span.get("parentSpanId")),
        attributes(_pairs(span.get("attributes"))) if events else {},
    )
    for event in events:
        yield Record(
            source,
            at_ns=_count(event.get("timeUnixNano")),
            name="exception",
            attributes=attributes(_pairs(event.get("attributes"))),
            trace=_hex(span.get("traceId")),
            span_id=_hex(span.get("spanId")),
            span=around,
        )


def _pairs(given: object) -> Iterator[tuple[str, object]]:
    for one in given if isinstance(given, list) else ():
        if isinstance(one, dict) and isinstance(name := one.get("key"), str):
            yield name, _value(one.get("value"), 0)


def _value(of: object, depth: int) -> object:
    """Return what an AnyValue holds."""
    if not isinstance(of, dict) or depth > _MOST_DEPTH:
        return None
    for name in ("stringValue", "intValue", "doubleValue", "boolValue", "bytesValue"):
        value = of.get(name)
        if isinstance(value, str | int | float):
            return value
    for name in ("arrayValue", "kvlistValue"):
        values = _inner(of, name).get("values")
        if isinstance(values, list) and name == "arrayValue":
            return [_value(one, depth + 1) for one in values[:_MOST_LISTED]]
        if isinstance(values, list):
            return {
                str(one.get("key")): _value(one.get("value"), depth + 1)
                for one in values[:_MOST_LISTED]
                if isinstance(one, dict)
            }
    return None


def _text(of: dict[str, Any], name: str) -> str:
    value = of.get(name)
    return cut(value, NAME) if isinstance(value, str) else ""


def _hex(value: object) -> str:
    return value.lower() if isinstance(value, str) and _HEX.fullmatch(value) else ""


def _count(value: object) -> int:
    """Return a number that may be a text; 0 where there is none."""
    if isinstance(value, str) and _COUNT.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and 0 <= value < 2**64 else 0
