"""Reads what error libraries send: Sentry's envelopes, and the single events of older ones.

Sources: https://develop.sentry.dev/sdk/data-model/envelopes/ and …/envelope-items/
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fettle.errors import BadPayload, TooLarge
from fettle.intake.errors import _json
from fettle.intake.errors._fields import cut
from fettle.intake.errors.event import read_event
from fettle.intake.errors.packed import unpacked
from fettle.intake.moments import moment
from fettle.model.error_event import ErrorEvent
from fettle.model.quantity import Bytes

LONGEST_HEADER = 64 * 1024  # bytes
_HEADER = "the envelope's header"
_MOST_ITEMS, _MOST_KINDS, _NAME = 100, 30, 40
_EVENTS = frozenset({"event"})
_ERRORS = frozenset({"error", "default", "security"})
_BLANKS = re.compile(rb"[\r\n]+")
_MOST_LOST = 2**31 - 1


@dataclass(frozen=True)
class Envelope:
    """What arrived together.

    `discarded` is how many errors their library let go of itself, by its reason; `ignored` how many
    items came that are no errors, by their type. `unread` is how many events were only counted.
    """

    events: tuple[ErrorEvent, ...] = ()
    discarded: Mapping[str, int] = field(default_factory=dict)
    ignored: Mapping[str, int] = field(default_factory=dict)
    unread: int = 0


@dataclass(frozen=True)
class _Item:
    place: str
    type: str
    payload: bytes


def read_envelope(body: bytes, received_at: datetime, *, events_too: bool = True) -> Envelope:
    """Return what an envelope holds; raises BadPayload and TooLarge, which name the place.

    Events are only counted where they are not wanted: to read one costs a hundred times as much.
    """
    end = _line_end(body, 0)
    header = _header(body, 0, end, _HEADER)
    sent_at = moment(header.get("sent_at"))
    id_ = header.get("event_id")
    events: list[ErrorEvent] = []
    discarded: Counter[str] = Counter()
    ignored: Counter[str] = Counter()
    size = unread = 0
    for item in _items(body, end + 1):
        if item.type in _EVENTS and not events_too:
            unread += 1
        elif item.type in _EVENTS:
            size += len(item.payload)
            if size > _json.MOST:
                raise TooLarge(f"{item.place}: its events are larger than {Bytes(_json.MOST)}")
            events.append(_event(item, received_at, sent_at, None if events else id_))
        elif item.type == "client_report":
            _count_discarded(item, discarded)
        else:
            ignored[item.type if len(ignored) < _MOST_KINDS else "other"] += 1
    return Envelope(tuple(events), discarded, ignored, unread)


def dsn_of(line: bytes) -> str | None:
    """Return the project's address and key, where an envelope's first line says it.

    Raises BadPayload and TooLarge.
    """
    dsn = _header(line, 0, len(line), _HEADER).get("dsn")
    return cut(dsn, 500) if isinstance(dsn, str) else None


def read_store(body: bytes, received_at: datetime) -> ErrorEvent:
    """Return the event that an older library sent by itself; raises BadPayload and TooLarge.

    It is JSON, or JSON packed by zlib, or that in Base64.
    """
    if body.lstrip()[:1] not in (b"{", b"["):
        body = _old_packing(body)
    return read_event(body, received_at)


def _event(item: _Item, received_at: datetime, sent_at: datetime | None, id_: object) -> ErrorEvent:
    return read_event(
        item.payload,
        received_at,
        what=item.place,
        sent_at=sent_at,
        id=id_ if isinstance(id_, str) else None,
    )


def _items(body: bytes, start: int) -> Iterator[_Item]:
    """Yield the items that begin here: each a line of JSON, and what it says that follows."""
    count = 0
    while (start := _behind_blanks(body, start)) < len(body):
        place = f"items[{count}]"
        count += 1
        if count > _MOST_ITEMS:
            raise BadPayload(f"{place}: an envelope has at most {_MOST_ITEMS} items")
        end = _line_end(body, start)
        header = _header(body, start, end, f"{place}.header")
        kind = header.get("type")
        if not isinstance(kind, str) or not kind:
            raise BadPayload(f"{place}.header.type: is {_missing(kind)}")
        begin = min(end + 1, len(body))
        stop = _payload_end(body, begin, header.get("length"), place)
        taken = kind in _EVENTS or kind == "client_report"
        yield _Item(place, cut(kind, _NAME), body[begin:stop] if taken else b"")
        start = stop + 1


def _payload_end(body: bytes, begin: int, length: object, place: str) -> int:
    """Return where a payload ends: after its length, or at the end of its line."""
    if length is None:
        return _line_end(body, begin)
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise BadPayload(f"{place}.header.length: is no number of bytes")
    stop = begin + length
    if stop > len(body):
        raise BadPayload(
            f"{place}: ends after {len(body) - begin} bytes, and its header says {length}"
        )
    if body[stop : stop + 1] not in (b"\n", b"\r", b""):
        raise BadPayload(f"{place}: goes on after the {length} bytes that its header says")
    return stop


def _header(body: bytes, start: int, end: int, what: str) -> dict[str, Any]:
    if end - start > LONGEST_HEADER:
        raise TooLarge(f"{what}: is larger than {Bytes(LONGEST_HEADER)}")
    return _json.an_object(body[start:end], what)


def _line_end(body: bytes, start: int) -> int:
    end = body.find(b"\n", start)
    return len(body) if end < 0 else end


def _behind_blanks(body: bytes, start: int) -> int:
    found = _BLANKS.match(body, start)
    return found.end() if found else start


def _missing(kind: object) -> str:
    return "missing" if kind in (None, "") else f"{_json.kind_of(kind)}, and no text"


def _count_discarded(item: _Item, discarded: Counter[str]) -> None:
    """Count the errors that a library says it let go of; raises BadPayload."""
    told = _json.an_object(item.payload, item.place).get("discarded_events")
    for one in told if isinstance(told, list) else ():
        match one:
            case {"reason": str() as reason, "category": str() as of, "quantity": int() as many}:
                if of in _ERRORS and many > 0:
                    known = reason in discarded or len(discarded) < _MOST_KINDS
                    name = cut(reason, _NAME) if known else "other"
                    discarded[name] = min(discarded[name] + many, _MOST_LOST)
            case _:
                continue


def _old_packing(body: bytes) -> bytes:
    if not body.strip():
        raise BadPayload("the event: is empty")
    packed = body
    if body[:1] not in (b"\x78", b"\x1f"):
        try:
            packed = base64.b64decode(b"".join(body.split()), validate=True)
        except (binascii.Error, ValueError):
            raise BadPayload("the event: is neither JSON nor JSON in zlib and Base64") from None
    if packed.lstrip()[:1] == b"{":
        return packed
    try:
        return unpacked(packed, "deflate", most=_json.MOST)
    except TooLarge:
        raise
    except BadPayload:
        raise BadPayload("the event: is neither JSON nor JSON in zlib and Base64") from None
