"""Whatever comes, it is read or refused; and what is read can be scrubbed and stored."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fettle.errors import BadPayload
from fettle.intake.errors.envelope import read_envelope, read_store
from fettle.intake.errors.otlp import read_logs, read_traces
from fettle.intake.errors.scrub import Scrubbing
from fettle.intake.errors.sentry_event import read_told
from fettle.model.error_event import ErrorEvent
from tests.intake.errors.sending import CAPTURED, NOW
from tests.intake.errors.test_bounds import size, texts
from tests.intake.errors.test_otlp import CHARGE, LOG, logs, traces, wired
from tests.sentry_server import told

SCRUBBING = Scrubbing(patterns=(r"\d{9}",), names=("kennung",))
NAMES = (
    *("event_id", "timestamp", "level", "exception", "values", "type", "value", "module", "vars"),
    *("stacktrace", "frames", "function", "filename", "lineno", "colno", "in_app", "tags", "user"),
    *("request", "headers", "data", "query_string", "env", "breadcrumbs", "contexts", "message"),
    *("logentry", "params", "formatted", "threads", "crashed", "fingerprint", "sdk", "extra"),
    *("mechanism", "handled", "pre_context", "context_line", "modules", "release", "culprit"),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["{}", "%s %d", "\0", "\ud800", "password=x", "2026-11-27T12:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=25,
)
EVENTS = [
    json.loads(file.read_bytes().split(b"\n")[2]) for file in sorted(CAPTURED.glob("*.envelope"))
]


def holds(event: ErrorEvent) -> None:
    """Assert that an event is bounded and can be stored, before and after it is scrubbed."""
    for one in (event, SCRUBBING.event(event)):
        assert size(one) < 1_000_000
        for text in texts(one):
            assert "\0" not in text
            text.encode()
    assert event.at.tzinfo is not None


@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=12))
def test_any_members_are_read_or_refused(event: dict[str, Any]) -> None:
    with suppress(BadPayload):
        holds(read_store(json.dumps(event).encode(), NOW))


@given(st.sampled_from(EVENTS), st.data())
def test_real_events_with_a_part_exchanged_are_read_or_refused(
    event: dict[str, Any], data: st.DataObject
) -> None:
    with suppress(BadPayload):
        holds(read_store(json.dumps(exchanged(event, data)).encode(), NOW))


@given(st.sampled_from(EVENTS), st.data())
def test_what_a_sentry_tells_with_a_part_exchanged_is_read_or_refused(
    event: dict[str, Any], data: st.DataObject
) -> None:
    with suppress(BadPayload):
        body = json.dumps(exchanged(told(NOW, event), data)).encode()
        found, received = read_told(body, NOW, "the event")
        holds(found)
        assert received <= NOW


def exchanged(value: Any, data: st.DataObject) -> Any:  # noqa: ANN401 - JSON
    """Return a value with something else in the place of one of its parts, or of itself."""
    stop = data.draw(st.integers(0, 3)) == 0
    if stop or not isinstance(value, Mapping | list) or not value:
        return data.draw(JSON)
    if isinstance(value, Mapping):
        name = data.draw(st.sampled_from(sorted(value)))
        return {**value, name: exchanged(value[name], data)}
    place = data.draw(st.integers(0, len(value) - 1))
    return [*value[:place], exchanged(value[place], data), *value[place + 1 :]]


@pytest.mark.parametrize("name", sorted(file.name for file in CAPTURED.glob("*.envelope")))
@given(st.data())
def test_real_envelopes_with_bytes_exchanged_are_read_or_refused(
    name: str, data: st.DataObject
) -> None:
    body = bytearray((CAPTURED / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(body) - 1))
        end = start + data.draw(st.integers(0, 5))
        body[start:end] = data.draw(st.binary(max_size=5))
    with suppress(BadPayload):
        for event in read_envelope(bytes(body), NOW).events:
            holds(event)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for read in (read_envelope, read_store):
        with suppress(BadPayload):
            read(body, NOW)
    for kind in ("application/x-protobuf", "application/json"):
        for read_otlp in (read_logs, read_traces):
            with suppress(BadPayload):
                read_otlp(body, kind, NOW)


@given(st.data())
def test_exports_with_bytes_or_parts_exchanged_are_read_or_refused(data: st.DataObject) -> None:
    request, read = data.draw(
        st.sampled_from([(traces(CHARGE), read_traces), (logs(LOG), read_logs)])
    )
    body = bytearray(wired(request))
    start = data.draw(st.integers(0, len(body) - 1))
    body[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    written = json.dumps(exchanged(json.loads(json.dumps(request)), data)).encode()
    for kind, sent in (("application/x-protobuf", bytes(body)), ("application/json", written)):
        with suppress(BadPayload):
            for event in read(sent, kind, NOW).events:
                holds(event)
