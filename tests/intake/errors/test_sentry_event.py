"""What a Sentry tells of an event is the same error as the library sent there."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from fettle.errors import BadPayload
from fettle.intake.errors.envelope import read_envelope
from fettle.intake.errors.grouping import group_key
from fettle.intake.errors.sentry_event import read_told
from fettle.model.error_event import ErrorEvent
from tests.sentry_server import told

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
RECEIVED = NOW - timedelta(minutes=3)
CAPTURED = Path(__file__).parent / "captured"


def read(document: object) -> ErrorEvent:
    return read_told(json.dumps(document).encode(), NOW, "the event")[0]


def events(captured: Path) -> list[dict[str, Any]]:
    lines = captured.read_bytes().split(b"\n")
    return [
        json.loads(body)
        for header, body in pairwise(lines[1:])
        if b'"type":"event"' in header.replace(b" ", b"")
    ]


@pytest.mark.parametrize("captured", sorted(CAPTURED.glob("*.envelope")), ids=lambda one: one.stem)
def test_an_event_of_a_real_library_is_told_as_it_was_sent(captured: Path) -> None:
    (sent,) = events(captured)
    (direct,) = read_envelope(captured.read_bytes(), NOW).events

    there = read(told(RECEIVED, {**sent, "timestamp": RECEIVED.isoformat()}))

    assert there.id == direct.id
    assert group_key(there).key == group_key(direct).key
    alike = ("platform", "level", "release", "environment", "server", "message", "user", "sdk")
    assert {name: getattr(there, name) for name in alike} == {
        name: getattr(direct, name) for name in alike
    }
    assert there.raised == direct.raised
    assert [one.message for one in there.crumbs] == [one.message for one in direct.crumbs]
    assert there.contexts.keys() >= {"trace"} & direct.contexts.keys()
    assert there.at == RECEIVED


def test_a_request_is_told_without_its_cookies() -> None:
    asked = {
        "method": "POST",
        "url": "https://shop.example/pay",
        "query_string": "a=1",
        "headers": {"Accept": "*/*"},
        "data": {"cart": 12},
    }

    event = read(told(RECEIVED, _event(request=asked)))

    assert event.asked is not None
    assert (event.asked.method, event.asked.url) == ("POST", "https://shop.example/pay")
    assert dict(event.asked.headers) == {"Accept": "*/*"}
    assert event.asked.body == '{"cart": 12}'
    assert "secret" not in repr(event)


def test_the_line_of_source_is_found_among_those_around_it() -> None:
    frame = {"function": "total", "lineno": 12, "in_app": True, "context_line": "return price"}
    frame |= {"pre_context": ["def total():", ""], "post_context": ["", "x"]}
    raised = {"type": "KeyError", "value": "'price'", "stacktrace": {"frames": [frame]}}

    (one,) = read(told(RECEIVED, _event(exception={"values": [raised]}))).raised[0].frames

    assert (one.context, one.before, one.after) == (
        "return price",
        ("def total():", ""),
        ("", "x"),
    )


def test_only_a_message_is_an_event_too() -> None:
    plain = {**told(RECEIVED, _event(exception=None)), "entries": [], "message": "it is slow"}

    assert read(plain).message == "it is slow"


def test_what_is_no_error_is_refused() -> None:
    none: list[object] = [{**told(RECEIVED, _event()), "type": "transaction"}, {}, [], "x", None]
    for document in none:
        with pytest.raises(BadPayload, match="the event"):
            read(document)
    with pytest.raises(BadPayload, match="the event"):
        read_told(b"<html>", NOW, "the event")


@pytest.mark.parametrize("junk", [None, 1, "x", [], {}, [None], [[1]], {"values": 1}])
def test_a_part_of_another_kind_is_left_out(junk: object) -> None:
    names = ("entries", "tags", "contexts", "user", "sdk", "context", "packages", "release")
    frames = [junk, {"function": junk, "context": junk, "lineNo": junk}]
    raised = [{"type": "E", "stacktrace": {"frames": frames}}, junk]
    said = dict.fromkeys(names, junk) | {"title": "it broke"}
    for document in (
        {**said, "id": "x"},
        {"title": "y", "entries": [{"type": "exception", "data": {"values": raised}}, junk]},
        {"title": "y", "entries": [{"type": "request", "data": {"headers": junk}}], "tags": [junk]},
    ):
        read(document)


def test_nothing_is_received_after_now() -> None:
    ahead = told(NOW + timedelta(days=3), _event())

    _, received = read_told(json.dumps(ahead).encode(), NOW, "the event")

    assert received == NOW
    assert replace(read(ahead), id=read(ahead).id).at <= NOW


def _event(**more: object) -> dict[str, Any]:
    raised = {"type": "KeyError", "value": "'price'"}
    return {
        "event_id": "9999aaaaca8b46d797c23c6077c6ff01",
        "timestamp": RECEIVED.isoformat(),
        "exception": {"values": [raised]},
        **more,
    }
