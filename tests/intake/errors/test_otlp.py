"""Errors are read from what OpenTelemetry exports; the rest is counted, and that is answered."""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from fettle.errors import BadPayload, TooLarge
from fettle.intake.errors import otlp
from fettle.intake.errors.otlp import (
    Exported,
    answer_logs,
    answer_traces,
    read_logs,
    read_traces,
)
from fettle.model.error_event import Asked, ErrorEvent, ErrorLevel, Frame, Raised
from tests.intake.errors.sending import NOW
from tests.intake.errors.test_stack_text import JAVA

PROTOBUF, JSON = "application/x-protobuf", "application/json"
AT = datetime(2026, 11, 27, 11, 59, tzinfo=UTC)
TRACE, SPAN, PARENT = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", "aaa19b7ec3c1b174"
NS = str(int(AT.timestamp()) * 10**9)


def texts(**values: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Return attributes; `__` in a name stands for a dot."""
    kinds = {str: "stringValue", bool: "boolValue", int: "intValue", dict: "kvlistValue"}
    return [
        {"key": name.replace("__", "."), "value": {kinds[type(value)]: value}}
        for name, value in values.items()
    ]


RESOURCE = {
    "attributes": texts(
        service__name="shop",
        service__version="2.1.0",
        deployment__environment__name="production",
        host__name="web-1",
        telemetry__sdk__language="java",
        telemetry__sdk__name="opentelemetry",
        telemetry__sdk__version="1.9.0",
    )
}
EXCEPTION = {
    "name": "exception",
    "timeUnixNano": NS,
    "attributes": texts(
        exception__type="java.lang.IllegalStateException",
        exception__message="no order: 12",
        exception__stacktrace=JAVA,
        exception__escaped="true",
    ),
}
CHARGE = {
    "traceId": TRACE,
    "spanId": SPAN,
    "parentSpanId": PARENT,
    "name": "charge",
    "attributes": texts(
        http__request__method="POST", url__full="https://shop.example/pay", http__route="/pay"
    ),
    "events": [{"name": "retried"}, EXCEPTION],
}
ROOT = {"traceId": TRACE, "spanId": PARENT, "name": "POST /pay", "events": []}
LOG = {
    "timeUnixNano": NS,
    "severityNumber": 17,
    "severityText": "ERROR",
    "body": {"stringValue": "stock is low"},
    "traceId": TRACE,
    "spanId": SPAN,
    "attributes": texts(code__file__path="/srv/shop/stock.py", code__line__number=12, tries=True),
}


def traces(*spans: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "resourceSpans": [
            {"resource": RESOURCE, "scopeSpans": [{"scope": {"name": "shop.pay"}, "spans": spans}]}
        ]
    }


def logs(*records: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "resourceLogs": [
            {
                "resource": RESOURCE,
                "scopeLogs": [{"scope": {"name": "shop.stock"}, "logRecords": records}],
            }
        ]
    }


def wired(request: dict[str, Any]) -> bytes:
    """Return a request as protobuf; its own JSON has bytes in Base64 where OTLP's has digits."""
    request = copy.deepcopy(request)
    ids = list(_without_ids(request))
    if "resourceSpans" in request:
        traced = ParseDict(request, ExportTraceServiceRequest())
        spans = [
            span
            for resource in traced.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        _with_ids(spans, ids)
        return traced.SerializeToString()
    logged = ParseDict(request, ExportLogsServiceRequest())
    records = [
        record
        for resource in logged.resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]
    _with_ids(records, ids)
    return logged.SerializeToString()


def _with_ids(records: Sequence[Message], ids: Sequence[Mapping[str, str]]) -> None:
    for record, of in zip(records, ids, strict=True):
        for name, value in of.items():
            setattr(record, name, bytes.fromhex(value))


def _without_ids(request: dict[str, Any]) -> Iterator[dict[str, str]]:
    names = {"traceId": "trace_id", "spanId": "span_id", "parentSpanId": "parent_span_id"}
    (resources,) = request.values()
    for scope in [one for each in resources for one in each.get("scopeSpans", [])]:
        scope["spans"] = list(scope["spans"])
    for resource in resources:
        for scope in [*resource.get("scopeSpans", []), *resource.get("scopeLogs", [])]:
            for record in scope.get("spans") or scope.get("logRecords"):
                yield {name: record.pop(known) for known, name in names.items() if known in record}


def sent(request: dict[str, Any], kind: str, most: int = otlp.ALL) -> Exported:
    read = read_traces if "resourceSpans" in request else read_logs
    body = wired(request) if kind == PROTOBUF else json.dumps(request).encode()
    return read(body, kind, NOW, most=most)


both = pytest.mark.parametrize("kind", [PROTOBUF, JSON])


@both
def test_an_exception_of_a_span_is_an_error_with_all_that_is_known(kind: str) -> None:
    exported = sent(traces(CHARGE, ROOT), kind)

    (event,) = exported.events
    assert (exported.others, exported.rejected) == (1, 0)
    cause, top = event.raised
    assert (cause.type, top.type, top.module) == (
        "SQLException",
        "IllegalStateException",
        "java.lang",
    )
    assert (top.value, top.handled) == ("no order: 12", False)
    assert top.frames[-1].file == "Cart.java"
    assert event == ErrorEvent(
        id=event.id,
        at=AT,
        platform="java",
        raised=event.raised,
        transaction="POST /pay",
        release="2.1.0",
        environment="production",
        server="web-1",
        trace=TRACE,
        sdk="opentelemetry/1.9.0",
        tags={"service.name": "shop"},
        asked=Asked(method="POST", url="https://shop.example/pay"),
        contexts=event.contexts,
    )
    assert event.contexts["span"]["name"] == "charge"
    assert event.contexts["resource"]["service.name"] == "shop"
    assert event.contexts["trace"] == {"trace_id": TRACE, "span_id": SPAN}


@both
def test_a_log_of_an_error_is_one_and_says_where(kind: str) -> None:
    exported = sent(logs(LOG, {**LOG, "severityNumber": 9}), kind)

    (event,) = exported.events
    assert exported.others == 1
    assert (event.message, event.level, event.logger) == (
        "stock is low",
        ErrorLevel.ERROR,
        "shop.stock",
    )
    assert event.raised == (Raised(frames=(Frame(file="/srv/shop/stock.py", line=12),)),)
    assert event.contexts["attributes"]["tries"] == "true"


@both
def test_a_log_that_tells_of_an_exception_is_an_error_whatever_it_is_called(kind: str) -> None:
    record = {
        **LOG,
        "severityNumber": 13,
        "attributes": texts(exception__type="KeyError", exception__message="'total'"),
    }
    (event,) = sent(logs(record), kind).events

    assert (event.message, event.level) == ("", ErrorLevel.WARNING)
    assert [(one.type, one.value, one.frames) for one in event.raised] == [
        ("KeyError", "'total'", ())
    ]


@both
def test_a_body_that_is_an_object_is_printed(kind: str) -> None:
    values = {"values": texts(item="tea", left=3)}
    (event,) = sent(logs({**LOG, "body": {"kvlistValue": values}}), kind).events

    assert event.message in ('{"item": "tea", "left": 3}', '{"item": "tea", "left": "3"}')


@both
def test_both_encodings_say_the_same(kind: str) -> None:
    request = traces(CHARGE)

    assert sent(request, kind) == sent(request, PROTOBUF)


@both
def test_an_exception_that_went_through_spans_is_told_once_from_the_innermost(kind: str) -> None:
    around = {**ROOT, "events": [EXCEPTION]}
    exported = sent(traces(around, CHARGE), kind)

    assert [event.contexts["span"]["name"] for event in exported.events] == ["charge"]
    assert exported.others == 1


@pytest.mark.parametrize("end", ["\n", "\r", "\u2028"])
def test_of_many_long_stacks_only_so_many_lines_are_looked_at(end: str) -> None:
    """A line that is none of a stack is no frame, and costs as much to read."""
    stack = texts(exception__type="E", exception__stacktrace=f"a(b){end}" * 1_000)
    logged = sent(logs(*[{**LOG, "attributes": stack}] * 70), PROTOBUF)
    many = {**CHARGE, "events": [{**EXCEPTION, "attributes": stack}] * 70}
    traced = sent(traces(many, {**CHARGE, "spanId": PARENT}), PROTOBUF)

    assert (len(logged.events), logged.rejected) == (60, 10)
    assert [event.contexts["span"]["name"] for event in traced.events] == ["charge"]
    assert traced.rejected == 1
    assert "60,000 lines" in logged.reason


@both
def test_an_exception_of_a_span_that_was_logged_in_it_too_is_one_event(kind: str) -> None:
    logged = {
        **LOG,
        "timeUnixNano": str(int(NS) + 9),
        "attributes": texts(
            exception__type="IllegalStateException", exception__message="no order: 12"
        ),
    }
    (told,) = sent(traces(CHARGE), kind).events

    assert [one.id for one in sent(logs(logged), kind).events] == [told.id]
    others: list[dict[str, Any]] = [{"spanId": PARENT}, {"traceId": "a" * 32}, {"attributes": []}]
    for other in others:
        assert sent(logs({**logged, **other}), kind).events[0].id != told.id


@both
def test_a_span_that_says_to_be_its_own_parent_is_no_other(kind: str) -> None:
    assert len(sent(traces({**CHARGE, "parentSpanId": SPAN}), kind).events) == 1


@both
def test_what_is_sent_again_has_the_same_id(kind: str) -> None:
    other = {**CHARGE, "spanId": PARENT, "parentSpanId": ""}
    (event,) = sent(traces(CHARGE), kind).events

    assert sent(traces(CHARGE), kind).events[0].id == event.id
    assert sent(traces(other), kind).events[0].id != event.id


@both
def test_a_record_that_says_nothing_is_rejected_and_that_is_answered(kind: str) -> None:
    exported = sent(logs(LOG, {"severityNumber": 21}), kind)
    answer = ExportLogsServiceResponse.FromString(answer_logs(exported, PROTOBUF))

    assert (len(exported.events), exported.rejected) == (1, 1)
    assert answer.partial_success.rejected_log_records == 1
    assert answer.partial_success.error_message == exported.reason
    assert json.loads(answer_logs(exported, JSON)) == {
        "partialSuccess": {"rejectedLogRecords": "1", "errorMessage": exported.reason}
    }


def test_what_is_taken_whole_is_answered_with_nothing() -> None:
    assert answer_traces(Exported(others=3), PROTOBUF) == b""
    assert answer_logs(Exported(), "application/json; charset=utf-8") == b"{}"


def test_what_is_no_span_is_rejected_and_the_others_are_taken() -> None:
    exported = sent(traces(CHARGE, 7, None), JSON)
    answer = ExportTraceServiceResponse.FromString(answer_traces(exported, PROTOBUF))

    assert (len(exported.events), exported.rejected) == (1, 2)
    assert exported.reason == "resourceSpans[0].scopeSpans[0].spans[1]: is a number, and no object"
    assert answer.partial_success.rejected_spans == 2


def test_of_more_errors_than_one_request_holds_the_rest_is_rejected() -> None:
    record = {"severityNumber": 17, "body": {"stringValue": "x"}}
    exported = sent(logs(*[record] * 2_100), PROTOBUF)

    assert (len(exported.events), exported.rejected) == (2_000, 100)


@both
def test_of_more_errors_than_may_come_at_once_the_rest_is_counted(kind: str) -> None:
    spans = traces({**CHARGE, "events": [EXCEPTION] * 3}, ROOT, CHARGE)
    exported = sent(spans, kind, most=2)
    answer = ExportTraceServiceResponse.FromString(answer_traces(exported, PROTOBUF))

    assert (len(exported.events), exported.others, exported.rejected) == (2, 1, 0)
    assert (exported.beyond, exported.parted) == (2, 2)
    assert answer.partial_success.rejected_spans == 2
    assert answer.partial_success.error_message == "2 errors are more than may come at once"
    assert sent(spans, kind, most=0).beyond == 4


@pytest.mark.parametrize("at", ["0", "1", "99999999999999999999", "x", None, 4 * 10**18])
def test_moments_that_cannot_be_are_replaced(at: object) -> None:
    (event,) = sent(logs({**LOG, "timeUnixNano": at}), JSON).events

    assert event.at == NOW


def test_nuls_are_replaced() -> None:
    record = {**LOG, "body": {"stringValue": "a\0b"}, "attributes": texts(**{"k\0": "v\0"})}
    (event,) = sent(logs(record), PROTOBUF).events

    assert event.message == "a\ufffdb"
    assert event.contexts["attributes"] == {"k\ufffd": "v\ufffd"}


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"{}", JSON, "resourceLogs: is missing"),
        (b'{"resourceLogs": 7}', JSON, "resourceLogs: is a number, and no list"),
        (b'{"resourceLogs": [7]}', JSON, "resourceLogs[0]: is a number, and no object"),
        (b'{"resourceLogs": [{"scopeLogs": "x"}]}', JSON, "resourceLogs[0].scopeLogs: is a text"),
        (b"[]", JSON, "the body: is a list"),
        (b"\xff", JSON, "the body: is not JSON"),
        (b"[" * 5_000, JSON, "the body: is JSON nested too deep"),
        (b"{}", PROTOBUF, "the body: is no protobuf, where resource_logs belong"),
        (b"\x0a\x05\x0a", PROTOBUF, "the body: ends in the middle"),
        (b"\x0a" + b"\xff" * 11, PROTOBUF, "the body: is no protobuf"),
        (b"\x0a\x04\x0a\x02\x0a\x09", PROTOBUF, "the body: has a resource that is no protobuf"),
        (b"\x0a\x00" * 31_000, PROTOBUF, "resource_logs: has more than 30,000 parts"),
        (b"x", "text/plain", "Content-Type: 'text/plain' is not read"),
        (b"x", "", "Content-Type: '' is not read"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(body: bytes, kind: str, reason: str) -> None:
    with pytest.raises(BadPayload) as raised:
        read_logs(body, kind, NOW)
    assert raised.value.reason.startswith(reason)


def test_a_record_that_is_no_protobuf_is_rejected() -> None:
    exported = read_logs(b"\x0a\x06\x12\x04\x12\x02\x0a\x09", PROTOBUF, NOW)

    assert (exported.rejected, exported.reason) == (
        1,
        "a log record is no protobuf of OpenTelemetry",
    )


def test_more_than_is_taken_is_too_large() -> None:
    with pytest.raises(TooLarge):
        read_traces(bytes(otlp.MOST + 1), PROTOBUF, NOW)
