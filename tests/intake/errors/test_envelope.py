"""An envelope holds events and other items; of those that are none, what is known is counted."""

import base64
import gzip
import json
import zlib
from datetime import timedelta
from uuid import UUID

import pytest

from fettle.errors import BadPayload, TooLarge
from fettle.intake.errors.envelope import dsn_of, read_envelope, read_store
from tests.intake.errors.sending import ID, NOW, captured, enveloped

EVENT = b'{"message":"no order"}'


def test_an_event_without_an_id_has_its_envelopes() -> None:
    envelope = read_envelope(enveloped(EVENT, header={"event_id": ID}), NOW)

    assert [event.id for event in envelope.events] == [UUID(ID)]


def test_the_dsn_stands_in_the_first_line() -> None:
    assert dsn_of(b'{"dsn": "http://k@h/1"}\r') == "http://k@h/1"
    assert [dsn_of(line) for line in (b"{}", b'{"dsn": 7}')] == [None, None]
    for line, error in ((b"", BadPayload), (b"[]", BadPayload), (b" " * 70_000, TooLarge)):
        with pytest.raises(error, match="the envelope's header"):
            dsn_of(line)


def test_two_events_in_one_envelope_have_two_ids() -> None:
    envelope = read_envelope(enveloped(EVENT, b'{"message":"no cart"}'), NOW)

    assert len({event.id for event in envelope.events}) == 2


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n\n", b"\r\n"])
@pytest.mark.parametrize("length", [b"", b',"length":22', b',"length":null'])
def test_lengths_and_ends_of_lines_may_be_left_out(length: bytes, end: bytes) -> None:
    body = b'{}\n{"type":"event"%b}\n%b%b' % (length, EVENT, end)

    assert [event.message for event in read_envelope(body, NOW).events] == ["no order"]


def test_a_length_is_what_counts_where_a_payload_has_lines_of_its_own() -> None:
    pretty = json.dumps({"message": "no order"}, indent=1).encode()
    body = b'{}\n{"type":"attachment","length":7}\n{"a"\n{}\n{"type":"event","length":%d}\n%b\n' % (
        len(pretty),
        pretty,
    )
    envelope = read_envelope(body, NOW)

    assert [event.message for event in envelope.events] == ["no order"]
    assert envelope.ignored == {"attachment": 1}


def test_items_that_are_no_errors_are_counted_by_their_kind() -> None:
    kinds = (
        *("transaction", "session", "sessions", "attachment", "user_report", "feedback"),
        *("check_in", "profile", "replay_event", "log", "span", "something new", "session"),
    )
    body = b"{}\n" + b"\n".join(b'{"type":"%b"}\n{}' % kind.encode() for kind in kinds)
    envelope = read_envelope(body, NOW)

    assert envelope.events == ()
    assert envelope.ignored == {**dict.fromkeys(kinds, 1), "session": 2}


def test_kinds_that_somebody_makes_up_are_counted_together() -> None:
    body = b"{}\n" + b"\n".join(b'{"type":"%d%b"}\n{}' % (n, b"x" * 90) for n in range(99))
    ignored = read_envelope(body, NOW).ignored

    assert sum(ignored.values()) == 99
    assert len(ignored) <= 31
    assert max(map(len, ignored)) == 40


def test_what_a_library_let_go_of_is_counted_by_its_reason() -> None:
    report = {
        "timestamp": 1,
        "discarded_events": [
            {"reason": "queue_overflow", "category": "error", "quantity": 23},
            {"reason": "queue_overflow", "category": "error", "quantity": 1},
            {"reason": "queue_overflow", "category": "transaction", "quantity": 500},
            {"reason": "before_send", "category": "error", "quantity": 7},
            {"reason": "before_send", "category": "error", "quantity": -7},
            {"reason": "before_send", "category": "error", "quantity": 10**30},
            "what",
        ],
    }
    body = b'{}\n{"type":"client_report"}\n' + json.dumps(report).encode()

    assert read_envelope(body, NOW).discarded == {"queue_overflow": 24, "before_send": 2**31 - 1}


def test_when_it_was_sent_tells_how_far_a_clock_is_off() -> None:
    off = timedelta(days=-4_000)
    event = {"message": "no order", "timestamp": (NOW + off - timedelta(hours=1)).isoformat()}
    header = {"sent_at": (NOW + off).isoformat()}

    (read,) = read_envelope(enveloped(event, header=header), NOW).events
    assert read.at == NOW - timedelta(hours=1)


def test_what_real_libraries_send_besides_is_counted() -> None:
    assert captured("node_exception.envelope").ignored == {}


@pytest.mark.parametrize(
    "pack",
    [
        bytes,
        zlib.compress,
        lambda plain: base64.b64encode(zlib.compress(plain)),
        lambda plain: base64.encodebytes(zlib.compress(plain)),
        base64.b64encode,
    ],
)
def test_older_libraries_pack_an_event_themselves(pack: object) -> None:
    assert callable(pack)
    assert read_store(pack(EVENT), NOW).message == "no order"


def test_a_bomb_inside_is_refused() -> None:
    with pytest.raises(BadPayload, match=r"larger than 1\.0 MiB"):
        read_store(base64.b64encode(zlib.compress(bytes(30_000_000))), NOW)
    with pytest.raises(BadPayload):
        read_store(gzip.compress(EVENT), NOW)
