"""Whatever is sent as an error is taken with a note, or refused with the place; never a failure."""

import base64
import zlib
from typing import Any

import pytest

from fettle.errors import BadPayload
from fettle.intake.errors.envelope import read_envelope, read_store
from fettle.intake.errors.scrub import Scrubbing
from tests.intake.errors.sending import ID, NOW, enveloped, packed

OK = b'{"message":"no order"}'
HEADER = b'{"event_id":"%b"}' % ID.encode()


def item(payload: bytes, header: bytes = b'{"type":"event"}') -> bytes:
    return HEADER + b"\n" + header + b"\n" + payload


# An event's body, and what it is refused with.
REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "the event: is empty"),
    "blanks": (b"  \n", "the event: is empty"),
    "broken JSON": (b'{"message": "no', "the event: is not JSON: EOF"),
    "a comma too many": (b'{"message": "x",}', "the event: is not JSON: trailing comma"),
    "single quotes": (b"{'message': 'x'}", "the event: is not JSON: key must be a string"),
    "two documents": (OK + OK, "the event: is not JSON: trailing characters"),
    "a list": (b'[{"message": "x"}]', "the event: is a list, and no object"),
    "a text": (b'"no order"', "the event: is neither JSON nor"),
    "a number": (b"17", "the event: is neither JSON nor"),
    "null": (b"null", "the event: is neither JSON nor"),
    "an empty object": (b"{}", "the event: says nothing of an error: it has neither"),
    "nothing but a level": (b'{"level": "error"}', "the event: says nothing of an error"),
    "an empty exception": (b'{"exception": {"values": [{}]}}', "the event: says nothing"),
    "an exception that is a text alone": (
        b'{"exception": "boom"}',
        "the event: says nothing of an error: exception: is a text",
    ),
    "an exception of numbers alone": (
        b'{"exception": {"values": [1, 2]}}',
        "the event: says nothing of an error: exception.values[0]: is a number",
    ),
    "a message that is a list alone": (
        b'{"message": ["x"]}',
        "the event: says nothing of an error: message: is a list",
    ),
    "invalid UTF-8": (b'{"message": "\xff\xfe"}', "the event: is not JSON: it is no text in UTF-8"),
    "UTF-8 cut in a letter": (b'{"message": "\xe2\x82"}', "the event: is not JSON"),
    "half a pair as bytes": (b'{"message": "\xed\xa0\x80"}', "the event: is not JSON: it is no"),
    "UTF-16": ('{"message": "x"}'.encode("utf-16"), "the event: is neither JSON nor"),
    "a NUL among letters": (b'{"message": "a\0b"}', "the event: is not JSON: control character"),
    "an escape cut off": (rb'{"message": "\u12', "the event: is not JSON"),
    "half an escape": (rb'{"message": "\uZZZZ"}', "the event: is not JSON"),
    "5,000 lists deep": (
        b'{"message": "x", "extra": %b%b}' % (b"[" * 5_000, b"]" * 5_000),
        "the event: is JSON nested too deep",
    ),
    "100,000 objects deep, and no end": (b'{"a":' * 100_000, "the event: is JSON nested too deep"),
    "a number of 5,000 digits": (
        b'{"message": "x", "extra": %b}' % (b"9" * 5_000),
        "the event: is not JSON: number out of range",
    ),
    "more than a megabyte": (
        b'{"message": "%b"}' % (b"x" * 1_100_000),
        "the event: is larger than 1.0 MiB",
    ),
    "letters that are no Base64": (b"!!!", "the event: is neither JSON nor"),
    "Base64 of nothing in particular": (b"bm8gb3JkZXI=", "the event: is neither JSON nor"),
    "Base64 cut off": (base64.b64encode(zlib.compress(OK))[:-5], "the event: is neither JSON nor"),
    "zlib cut off": (zlib.compress(OK)[:-5], "the event: is neither JSON nor"),
    "a bomb in Base64": (
        base64.b64encode(zlib.compress(bytes(50_000_000))),
        "the body is larger than 1.0 MiB",
    ),
    "YAML": (b"message: no order", "the event: is neither JSON nor"),
    "a form": (b"message=no+order", "the event: is neither JSON nor"),
    "HTML": (b"<html></html>", "the event: is neither JSON nor"),
}
# An envelope, and what it is refused with.
REFUSED_ENVELOPES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "the envelope's header: is empty"),
    "an event alone": (b"\n" + OK, "the envelope's header: is empty"),
    "a header that is a list": (b"[]\n", "the envelope's header: is a list, and no object"),
    "a header that is broken": (b'{"a"\n', "the envelope's header: is not JSON"),
    "a header without end": (b'{"a":"' + b"a" * 100_000, "the envelope's header: is larger"),
    "an item without a type": (item(OK, b"{}"), "items[0].header.type: is missing"),
    "a type that is a number": (item(OK, b'{"type":7}'), "items[0].header.type: is a number"),
    "an item's header that is a text": (item(OK, b'"event"'), "items[0].header: is a text"),
    "an item's header that is broken": (item(OK, b"{type}"), "items[0].header: is not JSON"),
    "too long a length": (
        item(OK, b'{"type":"event","length":99}'),
        "items[0]: ends after 22 bytes, and its header says 99",
    ),
    "too short a length": (
        item(OK, b'{"type":"event","length":9}'),
        "items[0]: goes on after the 9 bytes",
    ),
    "a length of -1": (item(OK, b'{"type":"event","length":-1}'), "items[0].header.length"),
    "a length in words": (item(OK, b'{"type":"event","length":"22"}'), "items[0].header.length"),
    "a length of 10^30": (
        item(OK, b'{"type":"event","length":%d}' % 10**30),
        "items[0]: ends after 22 bytes",
    ),
    "a length of true": (item(OK, b'{"type":"event","length":true}'), "items[0].header.length"),
    "an event without a payload": (item(b"").rstrip(b"\n"), "items[0]: is empty"),
    "an event that is a list": (item(b"[]"), "items[0]: is a list, and no object"),
    "an event in invalid UTF-8": (item(b'{"a":"\xff"}'), "items[0]: is not JSON: it is no text"),
    "a second event that is broken": (enveloped(OK, b"{"), "items[1]: is not JSON"),
    "a report that is a list": (
        item(b"[]", b'{"type":"client_report"}'),
        "items[0]: is a list, and no object",
    ),
    "10,000 items": (HEADER + b'\n{"type":"x"}\n{}' * 10_000, "items[100]: an envelope has"),
    "two large events": (
        enveloped(*[b'{"message":"%b"}' % (b"x" * 600_000)] * 2),
        "items[1]: its events are larger",
    ),
    "zlib": (zlib.compress(OK), "the envelope's header: is not JSON"),
}
# An event's members that are not as they should be, and a place that is noted, if one is.
NOTED: dict[str, tuple[Any, str | None]] = {
    "a text where a list belongs": ({"exception": "boom"}, "exception"),
    "a number where an object belongs": ({"request": 7}, "request"),
    "a garbage timestamp": ({"timestamp": "31st of Nevember"}, "timestamp"),
    "a timestamp of the year 0": ({"timestamp": "0000-01-01T00:00:00Z"}, "timestamp"),
    "a timestamp of 10^400": ({"timestamp": 10**400}, "timestamp"),
    "a timestamp that is true": ({"timestamp": True}, "timestamp"),
    "a timestamp before there was time": ({"timestamp": -1e18}, "timestamp"),
    "an id that is an object": ({"event_id": {}}, "event_id"),
    "a level nobody knows": ({"level": "purple"}, "level"),
    "frames that are an object": ({"stacktrace": {"frames": {}}}, "stacktrace.frames"),
    "frames that are numbers": ({"stacktrace": {"frames": [1, None]}}, "stacktrace.frames[0]"),
    "a line of 10^40": ({"stacktrace": {"frames": [{"lineno": 10**40}]}}, "stacktrace.frames[0]"),
    "tags that are pairs of three": ({"tags": [["a", "b", "c"]]}, "tags[0]"),
    "tags of lists": ({"tags": {"a": [[[]]]}}, None),
    "crumbs that are a number": ({"breadcrumbs": {"values": 3}}, "breadcrumbs.values"),
    "a crumb of the year 10^9": ({"breadcrumbs": [{"timestamp": 10**18}]}, None),
    "a user that is a list": ({"user": ["ada"]}, "user"),
    "a context that is a text": ({"contexts": {"app": "shop"}}, None),
    "a fingerprint that is an object": ({"fingerprint": {}}, "fingerprint"),
    "headers that are a text": ({"request": {"headers": "Host: x"}}, "request.headers"),
    "a query that is a number": ({"request": {"query_string": 7}}, "request.query_string"),
    "an sdk that is a list": ({"sdk": []}, "sdk"),
    "parameters that are a text": (
        {"logentry": {"message": "%s", "params": "x"}},
        "logentry.params",
    ),
    "threads that are a text": ({"threads": "main"}, "threads"),
    "a mechanism that is a text": (
        {"exception": [{"type": "E", "mechanism": "x"}]},
        "exception.values[0].mechanism",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_event_is_refused_with_the_reason(name: str) -> None:
    body, reason = REFUSED[name]
    with pytest.raises(BadPayload) as raised:
        read_store(body, NOW)
    assert raised.value.reason.startswith(reason)
    assert len(raised.value.reason) < 300


@pytest.mark.parametrize("name", REFUSED_ENVELOPES)
def test_an_envelope_is_refused_with_the_place(name: str) -> None:
    body, reason = REFUSED_ENVELOPES[name]
    with pytest.raises(BadPayload) as raised:
        read_envelope(body, NOW)
    assert raised.value.reason.startswith(reason)


@pytest.mark.parametrize("name", NOTED)
def test_an_event_is_taken_without_what_cannot_be_read(name: str) -> None:
    members, place = NOTED[name]
    event = read_store(packed({"event_id": ID, "message": "no order", **members}), NOW)

    assert event.message in ("no order", "%s")
    assert [note.startswith(place or "") for note in event.notes] == ([True] if place else [])
    assert Scrubbing().event(event).id == event.id


def test_there_are_at_least_57_of_them() -> None:
    """As many as a peer was tried with, of which it lost eight after it had said yes."""
    assert len(REFUSED) + len(REFUSED_ENVELOPES) + len(NOTED) >= 57
