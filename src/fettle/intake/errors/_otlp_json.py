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
from fettle.intake.errors._otlp import Found, Record, Source, Span, Unreadable, attributes

_MOST_EVENTS, _MOST_DEPTH, _MOST_LISTED = 100, 6, 50
_HEX = re.compile(r"[0-9a-fA-F]{1,32}")
_COUNT = re.compile(r"\d{1,20}")


def logs(body: bytes) -> Iterator[Found]:
    """Yield what each log record holds; raises BadPayload and TooLarge."""
    for source, record in _records(body, "resourceLogs", "scopeLogs", "logRecords"):
        yield Unreadable(record) if isinstance(record, str) else (_log(record, source),)


def spans(body: bytes) -> Iterator[Found]:
    """Yield the events of each span; raises BadPayload and TooLarge."""
    for source, record in _records(body, "resourceSpans", "scopeSpans", "spans"):
        if isinstance(record, str):
            yield Unreadable(record)
        else:
            yield tuple(_events(record, source))


def _records(
    body: bytes, resources: str, scopes: str, records: str
) -> Iterator[tuple[Source, dict[str, Any] | str]]:
    """Yield records, or in words why one is none; raises BadPayload."""
    whole = an_object(body, "the body")
    if resources not in whole:
        raise BadPayload(f"{resources}: is missing")
    for index, around in enumerate(_list(whole, resources, "")):
        place = f"{resources}[{index}]."
        resource = attributes(_pairs(_inner(around, "resource").get("attributes")))
        for number, inside in enumerate(_list(around, scopes, place)):
            name = _text(_inner(inside, "scope"), "name")
            inner = f"{place}{scopes}[{number}]."
            for at, one in enumerate(_list(inside, records, inner)):
                if isinstance(one, dict):
                    yield Source(resource, name), one
                else:
                    yield Source(), f"{inner}{records}[{at}]: is {kind_of(one)}, and no object"


def _list(of: object, name: str, place: str) -> list[Any]:
    if not isinstance(of, dict):
        raise BadPayload(f"{place.rstrip('.')}: is {kind_of(of)}, and no object")
    value = of.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadPayload(f"{place}{name}: is {kind_of(value)}, and no list")
    return value


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


def _events(span: dict[str, Any], source: Source) -> Iterator[Record]:
    events = span.get("events")
    around: Span | None = None
    for event in events[:_MOST_EVENTS] if isinstance(events, list) else ():
        if not isinstance(event, dict) or event.get("name") != "exception":
            continue
        around = around or Span(
            _text(span, "name"),
            _hex(span.get("parentSpanId")),
            attributes(_pairs(span.get("attributes"))),
        )
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
