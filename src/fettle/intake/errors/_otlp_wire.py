"""Reads OpenTelemetry's logs and traces from protobuf.

What is around the records is walked here, and only a record is handed to the library: a few bytes
of a small part become fifty times as many in memory. Sources:
https://protobuf.dev/programming-guides/encoding/ and
https://github.com/open-telemetry/opentelemetry-proto (the fields' numbers)
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1 import trace_pb2

from fettle.errors import BadPayload
from fettle.intake.errors._fields import LONG, NAME, cut, printed
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
    storable,
)
from fettle.model.quantity import Bytes

_MOST_RECORD = 512 * 1024
_MOST_EVENTS, _MOST_LISTED, _MOST_DEPTH = 100, 50, 6
# In a request, what its resource is around; in that, what its scope is around; in that, a record.
_IN_REQUEST, _RESOURCE, _IN_RESOURCE, _SCOPE, _IN_SCOPE = 1, 1, 2, 1, 2


def logs(body: bytes) -> Iterator[Found]:
    """Yield what each log record holds; raises BadPayload."""
    room = Room()
    for source, record in _records(body, "resource_logs", room):
        yield _log_of(record, source, room)


def _log_of(record: memoryview, source: Source, room: Room) -> Found:
    if len(record) > _MOST_RECORD:
        return Unreadable(f"a log record is larger than {Bytes(_MOST_RECORD)}")
    try:
        found = LogRecord.FromString(bytes(record))
    except DecodeError:
        return Unreadable("a log record is no protobuf of OpenTelemetry")
    if not _is_error(found):
        return ()
    return (_log(found, source),) if room.take_error() else TOO_MANY


def spans(body: bytes) -> Iterator[Found]:
    """Yield the events of each span; raises BadPayload."""
    room = Room()
    for source, record in _records(body, "resource_spans", room):
        yield _span_of(record, source, room)


def _span_of(record: memoryview, source: Source, room: Room) -> Found:
    if len(record) > _MOST_RECORD:
        return Unreadable(f"a span is larger than {Bytes(_MOST_RECORD)}")
    try:
        span = trace_pb2.Span.FromString(bytes(record))
    except DecodeError:
        return Unreadable("a span is no protobuf of OpenTelemetry")
    events = [one for one in islice(span.events, _MOST_EVENTS) if one.name == "exception"]
    if not all(room.take_error() for _ in events):
        return TOO_MANY
    return tuple(_events(span, events, source)) if events else ()


def _records(body: bytes, what: str, room: Room) -> Iterator[tuple[Source, memoryview]]:
    walk = _Walk(what, room)
    for _, around in walk.parts(memoryview(body), (_IN_REQUEST,)):
        resource: dict[str, str] = {}
        for number, one in walk.parts(around, (_RESOURCE, _IN_RESOURCE)):
            if number == _RESOURCE:
                resource = walk.resource(one)
                continue
            source = Source(resource)
            for inner, record in walk.parts(one, (_SCOPE, _IN_SCOPE)):
                if inner == _SCOPE:
                    source = Source(resource, walk.scope(record))
                else:
                    yield source, record


class _Walk:
    """Goes over the fields of messages, so many and no more."""

    def __init__(self, what: str, room: Room) -> None:
        self._what = what
        self._room = room

    def parts(
        self, message: memoryview, wanted: tuple[int, ...]
    ) -> Iterator[tuple[int, memoryview]]:
        """Yield the fields of these numbers that hold messages; raises BadPayload."""
        at, end = 0, len(message)
        while at < end:
            self._room.take_parts(1, self._what)
            key, at = self._varint(message, at)
            kind = key & 7
            if kind == 2:
                length, at = self._varint(message, at)
                if length > end - at:
                    raise self._bad("ends in the middle")
                if key >> 3 in wanted:
                    yield key >> 3, message[at : at + length]
                at += length
            else:
                at = self._behind(kind, message, at)
        if at > end:
            raise self._bad("ends in the middle")

    def _behind(self, kind: int, message: memoryview, at: int) -> int:
        """Return where a field of another kind ends; raises BadPayload."""
        if kind == 0:
            return self._varint(message, at)[1]
        if kind in (1, 5):
            return at + (8 if kind == 1 else 4)
        raise self._bad("is no protobuf")

    def resource(self, message: memoryview) -> dict[str, str]:
        if len(message) > _MOST_RECORD:
            raise self._bad("has too large a resource")
        try:
            return attributes(_pairs(Resource.FromString(bytes(message)).attributes))
        except DecodeError:
            raise self._bad("has a resource that is no protobuf of OpenTelemetry") from None

    def scope(self, message: memoryview) -> str:
        if len(message) > _MOST_RECORD:
            raise self._bad("has too large a scope")
        try:
            return cut(storable(InstrumentationScope.FromString(bytes(message)).name), NAME)
        except DecodeError:
            raise self._bad("has a scope that is no protobuf of OpenTelemetry") from None

    def _varint(self, message: memoryview, at: int) -> tuple[int, int]:
        value = 0
        for place, byte in enumerate(message[at : at + 10]):
            value |= (byte & 0x7F) << (7 * place)
            if byte < 0x80:
                return value, at + place + 1
        raise self._bad("ends in the middle" if len(message) - at < 10 else "is no protobuf")

    def _bad(self, why: str) -> BadPayload:
        return BadPayload(f"the body: {why}, where {self._what} belong")


def _is_error(record: LogRecord) -> bool:
    """Whether a record may be an error: nearly all are none, and are not read any further."""
    return record.severity_number >= ERROR or any(
        one.key.startswith(EXCEPTION) for one in islice(record.attributes, MOST_ATTRIBUTES)
    )


def _log(record: LogRecord, source: Source) -> Record:
    return Record(
        source,
        at_ns=record.time_unix_nano or record.observed_time_unix_nano,
        severity=record.severity_number,
        body=storable(printed(_value(record.body, 0) or "", LONG)),
        name=cut(storable(record.event_name), NAME),
        attributes=attributes(_pairs(record.attributes)),
        trace=record.trace_id[:16].hex(),
        span_id=record.span_id[:8].hex(),
    )


def _events(
    span: trace_pb2.Span, events: Iterable[trace_pb2.Span.Event], source: Source
) -> Iterator[Record]:
    around = Span(
        cut(storable(span.name), NAME),
        span.parent_span_id[:8].hex(),
        attributes(_pairs(span.attributes)),
    )
    for event in events:
        yield Record(
            source,
            at_ns=event.time_unix_nano,
            name="exception",
            attributes=attributes(_pairs(event.attributes)),
            trace=span.trace_id[:16].hex(),
            span_id=span.span_id[:8].hex(),
            span=around,
        )


def _pairs(given: Any) -> Iterator[tuple[str, object]]:  # noqa: ANN401 - protobuf's containers
    for one in given:
        yield one.key, _value(one.value, 0)


def _value(of: Any, depth: int) -> object:  # noqa: ANN401 - protobuf's messages
    """Return what an AnyValue holds, as JSON would have it."""
    kind = of.WhichOneof("value")
    if kind is None or depth > _MOST_DEPTH:
        return None
    if kind == "array_value":
        return [_value(one, depth + 1) for one in islice(of.array_value.values, _MOST_LISTED)]
    if kind == "kvlist_value":
        return {
            one.key: _value(one.value, depth + 1)
            for one in islice(of.kvlist_value.values, _MOST_LISTED)
        }
    value = getattr(of, kind)
    return value[:LONG].hex() if isinstance(value, bytes) else value
