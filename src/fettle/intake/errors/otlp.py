"""Reads errors from what OpenTelemetry exports over HTTP: exceptions of spans, and logs.

A log record is an error when it tells of an exception, or says that it is one. The rest is counted.
Sources: https://opentelemetry.io/docs/specs/otlp/#otlphttp and
https://opentelemetry.io/docs/specs/semconv/exceptions/
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from fettle.errors import BadPayload, TooLarge
from fettle.intake.errors import _otlp_json, _otlp_wire
from fettle.intake.errors._clock import Clock
from fettle.intake.errors._fields import LINE, NAME, cut
from fettle.intake.errors._otlp import ERROR, EXCEPTION, Attributes, Found, Record, Unreadable
from fettle.intake.errors.stack_text import MOST as LONGEST_STACK
from fettle.intake.errors.stack_text import MOST_LINES, read_stack, split_type
from fettle.model.error_event import Asked, ErrorEvent, ErrorLevel, Frame, Raised
from fettle.model.quantity import Bytes

MOST = 8 * 1024 * 1024
_PROTOBUF, _JSON = "application/x-protobuf", "application/json"
_MOST_FRAMES = 30_000  # each takes half a kilobyte
_MOST_LINES = 60_000  # to find out what one is takes some microseconds
_TOO_LONG = Unreadable(
    f"the stacks of one request have at most {_MOST_FRAMES:,} frames, and {_MOST_LINES:,} lines"
)
ALL = 1 << 30  # more errors than one request holds
_LEVELS = (
    (21, ErrorLevel.FATAL),
    (17, ErrorLevel.ERROR),
    (13, ErrorLevel.WARNING),
    (9, ErrorLevel.INFO),
    (1, ErrorLevel.DEBUG),
)
_PLATFORMS = {"nodejs": "node", "webjs": "javascript", "dotnet": "csharp", "cpp": "native"}
_HEADER = "http.request.header."

_Reader = Callable[[bytes], Iterator[Found]]


@dataclass(frozen=True)
class Exported:
    """What a request held.

    `others` is how many of its records or spans tell of no error, `rejected` how many cannot be
    taken, and `reason` why the first of them cannot. `beyond` is how many errors were only counted,
    since there were as many already as may be, and `parted` of how many records or spans.
    """

    events: tuple[ErrorEvent, ...] = ()
    others: int = 0
    rejected: int = 0
    reason: str = ""
    beyond: int = 0
    parted: int = 0

    @property
    def not_taken(self) -> tuple[int, str]:
        """Of how many records or spans not all is taken, and why."""
        beyond = f"{self.beyond} errors are more than may come at once" if self.beyond else ""
        why = "; ".join(filter(None, (self.reason, beyond)))
        return self.rejected + self.parted, why


def read_logs(
    body: bytes, content_type: str, received_at: datetime, *, most: int = ALL
) -> Exported:
    """Return the errors among log records, so many at most; raises BadPayload and TooLarge."""
    read = _reader(body, content_type, _otlp_wire.logs, _otlp_json.logs)
    return _taken(map(_errors, read), received_at, most)


def read_traces(
    body: bytes, content_type: str, received_at: datetime, *, most: int = ALL
) -> Exported:
    """Return the exceptions that spans tell of, so many at most; raises BadPayload and TooLarge.

    One that went through several spans is told by each; it is taken from the innermost.
    """
    read = _reader(body, content_type, _otlp_wire.spans, _otlp_json.spans)
    found = list(read)
    deeper = {
        _passing(one, one.span.parent)
        for records in found
        if isinstance(records, tuple)
        for one in records
        if one.span is not None and one.span.parent not in ("", one.span_id)
    }
    inner = (_innermost(records, deeper) for records in found)
    return _taken(inner, received_at, most)


def answer_logs(exported: Exported, content_type: str) -> bytes:
    """Return what a request with logs is answered: how much of it was not taken, and why."""
    answer = ExportLogsServiceResponse()
    number, why = exported.not_taken
    if number:
        answer.partial_success.rejected_log_records = number
        answer.partial_success.error_message = why
    return _written(answer, content_type)


def answer_traces(exported: Exported, content_type: str) -> bytes:
    """Return what a request with traces is answered: how much of it was not taken, and why."""
    answer = ExportTraceServiceResponse()
    number, why = exported.not_taken
    if number:
        answer.partial_success.rejected_spans = number
        answer.partial_success.error_message = why
    return _written(answer, content_type)


def _written(answer: Message, content_type: str) -> bytes:
    if _kind(content_type) == _JSON:
        return MessageToJson(answer, indent=None).encode()
    return answer.SerializeToString()


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _reader(body: bytes, content_type: str, wire: _Reader, json: _Reader) -> Iterator[Found]:
    if len(body) > MOST:
        raise TooLarge(f"the body is larger than {Bytes(MOST)}")
    kind = _kind(content_type)
    if kind == _PROTOBUF:
        return wire(body)
    if kind == _JSON:
        return json(body)
    raise BadPayload(
        f"Content-Type: {kind[:60]!r} is not read", remedy=f"send {_PROTOBUF} or {_JSON}"
    )


def _errors(found: Found) -> Found:
    """Return a log record that is an error; nothing of one that is none."""
    if isinstance(found, Unreadable):
        return found
    return tuple(one for one in found if _raised_type(one) or one.severity >= ERROR)


def _innermost(records: Found, deeper: set[tuple[str, ...]]) -> Found:
    if isinstance(records, Unreadable):
        return records
    return tuple(one for one in records if _passing(one, one.span_id) not in deeper)


def _passing(record: Record, span_id: str) -> tuple[str, ...]:
    """Return what is the same of an exception when the span around another one tells of it."""
    said = record.attributes
    return (
        record.trace,
        span_id,
        said.get("exception.type", ""),
        said.get("exception.message", ""),
    )


def _taken(found: Iterable[Found], received_at: datetime, most: int) -> Exported:
    clock = Clock(received_at)
    events: list[ErrorEvent] = []
    others = rejected = frames = lines = beyond = parted = 0
    reason = ""
    for one in found:
        records = one
        its_lines = 0 if isinstance(one, Unreadable) else sum(map(_lines, one))
        if (frames > _MOST_FRAMES or lines + its_lines > _MOST_LINES) and records:
            records = _TOO_LONG
        if isinstance(records, Unreadable):
            rejected += 1
            reason = reason or records.why
            continue
        within = records[: most - len(events)]
        new = [event for record in within if (event := _event(record, clock)) is not None]
        if within and not new:
            rejected += 1
            reason = reason or "an error that says neither what was raised nor anything else"
        others += not records
        beyond += len(records) - len(within)
        parted += len(within) < len(records)
        lines += its_lines if within else 0
        frames += sum(len(one.frames) for event in new for one in event.raised)
        events.extend(new)
    return Exported(tuple(events), others, rejected, reason, beyond, parted)


def _lines(record: Record) -> int:
    """Return how many lines of a stack are looked at."""
    stack = record.attributes.get("exception.stacktrace", "")
    return min(len(stack[:LONGEST_STACK].splitlines()), MOST_LINES)


def _raised_type(record: Record) -> str:
    said = record.attributes
    return said.get("exception.type", "") or said.get("exception.message", "")


def _event(record: Record, clock: Clock) -> ErrorEvent | None:
    """Return the event that a record is; None for one that says nothing."""
    said, resource = record.attributes, record.source.resource
    raised = _raised(said)
    message = "" if said.get("exception.type") else record.body
    if not (raised or message):
        return None
    contexts = _contexts(record)
    at = _at(record, clock, contexts)
    around = {**(record.span.attributes if record.span else {}), **said}
    service = resource.get("service.name")
    language = resource.get("telemetry.sdk.language", "other")
    return ErrorEvent(
        id=_made_id(record),
        at=at,
        platform=_PLATFORMS.get(language, language)[:NAME],
        level=_level(record),
        message=message,
        raised=raised or _logged_at(said),
        logger=None if record.span else record.source.scope or None,
        transaction=_transaction(record, around),
        release=resource.get("service.version"),
        environment=resource.get("deployment.environment.name")
        or resource.get("deployment.environment"),
        server=resource.get("host.name") or resource.get("k8s.pod.name"),
        user=around.get("user.id") or around.get("enduser.id"),
        trace=record.trace or None,
        sdk=_sdk(resource),
        tags={"service.name": service} if service else {},
        asked=_asked(around),
        contexts=contexts,
    )


def _made_id(record: Record) -> UUID:
    """Return the id of what has none: the same when the same is sent again.

    An exception that a span and a log in it both tell of is one: libraries name its class with its
    module in the one and without it in the other, and only one may have the stack.
    """
    said, resource = record.attributes, record.source.resource
    raised = said.get("exception.type", "").rpartition(".")[2], said.get("exception.message", "")
    if record.trace and record.span_id and any(raised):
        return _hashed("raised", record.trace, record.span_id, *raised)
    return _hashed(
        *(record.trace, record.span_id, str(record.at_ns), record.body, record.source.scope),
        *(said.get(f"exception.{name}", "") for name in ("type", "message", "stacktrace")),
        *(resource.get(name, "") for name in ("service.name", "service.instance.id", "host.name")),
    )


def _hashed(*parts: str) -> UUID:
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()
    return UUID(bytes=digest[:16], version=5)


def _at(record: Record, clock: Clock, contexts: dict[str, Attributes]) -> datetime:
    if not record.at_ns:
        return clock.received_at
    try:
        said = datetime.fromtimestamp(record.at_ns / 1_000_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        contexts["clock"] = {"said": f"{record.at_ns} ns since 1970"}
        return clock.received_at
    at = clock.right(said)
    if at != said:
        contexts["clock"] = {"said": said.isoformat(), "corrected": at.isoformat()}
    return at


def _level(record: Record) -> ErrorLevel:
    if not record.severity:
        return ErrorLevel.ERROR
    return next(level for least, level in _LEVELS if record.severity >= least)


def _raised(said: Attributes) -> tuple[Raised, ...]:
    """Return the chain that the printed stack tells, its top as the attributes have it."""
    printed = read_stack(said.get("exception.stacktrace", ""))
    type_, module = split_type(said.get("exception.type", ""))
    value = said.get("exception.message", "")
    if not (printed or type_ or value):
        return ()
    top = printed[-1] if printed else Raised()
    handled = False if said.get("exception.escaped") == "true" else None
    if type_:
        top = replace(top, type=type_, module=module or top.module)
    return (*printed[:-1], replace(top, value=value or top.value, handled=handled))


def _logged_at(said: Attributes) -> tuple[Raised, ...]:
    """Return the place from which something was logged, where the library says it."""
    file = said.get("code.file.path") or said.get("code.filepath")
    function = said.get("code.function.name") or said.get("code.function")
    line = said.get("code.line.number") or said.get("code.lineno") or ""
    if not (file or function):
        return ()
    number = int(line) if len(line) < 10 and line.isascii() and line.isdigit() else None
    return (Raised(frames=(Frame(function=function, file=file, line=number),)),)


def _transaction(record: Record, around: Attributes) -> str | None:
    route = around.get("http.route")
    method = around.get("http.request.method") or around.get("http.method")
    if route:
        return cut(f"{method} {route}" if method else route, LINE)
    return (record.span.name if record.span else "") or None


def _sdk(resource: Attributes) -> str | None:
    name, version = resource.get("telemetry.sdk.name"), resource.get("telemetry.sdk.version")
    return cut(f"{name}/{version}" if version else name, NAME) if name else None


def _asked(around: Attributes) -> Asked | None:
    method = around.get("http.request.method") or around.get("http.method")
    url = around.get("url.full") or around.get("http.url")
    url = url or around.get("url.path") or around.get("http.target")
    if not (method or url):
        return None
    headers = {
        name.removeprefix(_HEADER): value
        for name, value in around.items()
        if name.startswith(_HEADER)
    }
    return Asked(method=method, url=url, query=around.get("url.query"), headers=headers)


def _contexts(record: Record) -> dict[str, Attributes]:
    """Return what else is known: of who tells it, of the span, and of the record itself."""
    said = record.attributes
    rest = {name: value for name, value in said.items() if not name.startswith(EXCEPTION)}
    found = {
        "resource": record.source.resource,
        "attributes": rest,
        "span": dict(record.span.attributes) if record.span else {},
    }
    if record.span_id:
        found["trace"] = {"trace_id": record.trace, "span_id": record.span_id}
    if record.span and record.span.name:
        found["span"] = {**found["span"], "name": record.span.name}
    return {name: values for name, values in found.items() if values}
