"""What hostile bodies at the doors of errors cost a server, beside a harmless one of the same size.

Each is posted to a `fettle up` by itself, and what was accepted is waited for until it is digested.
Memory is how far the server's resident memory rose above what it was before, at its highest.
"""

import http.client
import json
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import brotli
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from benchmarks import processes, results
from benchmarks.house import House, house, until
from fettle.model.quantity import Bytes
from fettle.settings import Settings
from tests.frontends.api.test_error_doors import HOSTILE

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TITLE = "Hostile errors"
ROUNDS = 3
MOST_S, MOST_MB = 1.0, 50.0
_UNLIMITED: Mapping[str, Any] = {"errors": {"rate": 100_000, "burst": 100_000}}
_SENT, _UNPACKED = Settings().errors.largest_body, Settings().errors.largest_unpacked
_EVENT = 1024 * 1024 - 200  # an event has at most a megabyte
_RESET_PEAK = "5"  # of proc(5), /proc/[pid]/clear_refs


@dataclass(frozen=True)
class Hostile:
    """A body, what it is, and where it goes."""

    name: str
    body: bytes
    encoding: str | None = None
    door: str = "envelope"
    type: str = "application/x-sentry-envelope"


@dataclass(frozen=True)
class Cost:
    """How it was answered, after how long, and what it took until it was digested."""

    status: int
    answered_s: float
    cpu_s: float
    peak_mb: float


def main() -> None:
    """Measure, and write the section; fails where an answer is none that is promised."""
    load_before = results.load_before()
    with house(_UNLIMITED) as server:
        doors = _Doors(server)
        for _ in range(20):  # what is made once, at the first question
            doors.post(_harmless(8_000))
        before = server.memory_mb()
        rows = [
            _row("small ones, the worst", [_small(number) for number in range(len(HOSTILE))], doors)
        ]
        rows += [_row(one.name, [one], doors) for one in _large()]
        rose = server.memory_mb() - before
        dead = server.count("error_event WHERE dead IS NOT NULL")
    results.write(
        TITLE,
        [
            (
                f"{len(HOSTILE)} small bodies and {len(rows) - 1} large ones, {ROUNDS} times each; "
                "the worst of them. Beside it an error with an attachment, of the same size as it "
                "was sent. CPU is the server's, until what was accepted is digested. Errors that "
                f"could not be digested: {dead}. What one has left free the next may use: after "
                f"all of them the server had {rose:.0f} MB more than before. Promised: none takes "
                f"more than {MOST_S:g} s or {MOST_MB:g} MB, none gets a 500, and none a 200 and "
                "is lost."
            ),
            "",
            "| body | as sent | answer | in | CPU | memory | harmless, in | CPU | memory |",
            "| --- |" + " --- |" * 8,
            *rows,
        ],
        [load_before],
    )


class _Doors:
    """The doors of errors of one server."""

    def __init__(self, server: House) -> None:
        self._server = server
        self._key, self._envelope = server.errors_key()
        self._at = urlsplit(server.url)

    def post(self, one: Hostile) -> Cost:
        """Post a body, and wait until nothing waits to be digested."""
        pid = self._server.process
        Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK)
        before, used = processes.peak_mb(pid), processes.used(pid).cpu_s
        began = time.monotonic()
        status = self._answer(one)
        answered = time.monotonic() - began
        if status not in (200, 400, 413):
            raise AssertionError(f"{one.name}: {status}")
        until(lambda: not self._server.count("error_event WHERE key IS NULL AND dead IS NULL"))
        cpu = processes.used(pid).cpu_s - used
        return Cost(status, answered, cpu, processes.peak_mb(pid) - before)

    def _answer(self, one: Hostile) -> int:
        connection = http.client.HTTPConnection(self._at.hostname or "", self._at.port, timeout=60)
        path = urlsplit(self._envelope).path.replace("envelope", one.door)
        headers = {"Content-Type": one.type, "X-Sentry-Auth": f"Sentry sentry_key={self._key}"}
        if one.door.startswith("/"):
            path, headers["X-Fettle-Key"] = one.door, self._key
        if one.encoding is not None:
            headers["Content-Encoding"] = one.encoding
        try:
            connection.request("POST", path, one.body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()


def _row(name: str, bodies: Sequence[Hostile], doors: _Doors) -> str:
    hostile, harmless = [], []
    for _ in range(ROUNDS):
        for one in bodies:
            hostile.append(doors.post(one))
            harmless.append(doors.post(_harmless(len(one.body))))
    size = Bytes(max(len(one.body) for one in bodies))
    answers = ", ".join(sorted({str(one.status) for one in hostile}))
    return f"| {name} | {size} | {answers} | {_worst(hostile)} | {_worst(harmless)} |"


def _worst(costs: Sequence[Cost]) -> str:
    answered, cpu, peak = (
        max(one.answered_s for one in costs),
        max(one.cpu_s for one in costs),
        max(one.peak_mb for one in costs),
    )
    return f"{1000 * answered:,.0f} ms | {1000 * cpu:,.0f} ms | {peak:.1f} MB"


# What is sent


def _small(number: int) -> Hostile:
    return Hostile(f"small {number}", HOSTILE[number])


def _harmless(size: int) -> Hostile:
    """Return an envelope of about so many bytes: an error, and a file beside it."""
    event = json.dumps({"event_id": uuid4().hex, "message": "no order 7", "level": "error"})
    head = b'{}\n{"type":"event"}\n' + event.encode() + b'\n{"type":"attachment","length":%d}\n'
    rest = max(0, min(size, _SENT) - len(head) - 10)
    return Hostile("harmless", head % rest + b"x" * rest)


def _event(name: str, members: str, most: int = _EVENT) -> Hostile:
    """Return an envelope with an event that has these members; `@` in them is filled up."""
    before, _, after = members.partition("@")
    part, _, after = after.partition("@")
    many = (most - len(before) - len(after) - 60) // len(part) if part else 0
    filled = f'{{"event_id":"{uuid4().hex}",{before}{part * many}{after}}}'.encode()
    assert len(filled) <= most + 60
    return Hostile(name, b'{}\n{"type":"event","length":%d}\n' % len(filled) + filled)


def _large() -> Iterator[Hostile]:
    m = '"message":"m",'
    yield _event("numbers in a list", m + '"extra":{"n":[@0,@0]}')
    yield _event("empty lists in a list", m + '"extra":{"n":[@[],@0]}')
    yield _event("empty objects in a list", m + '"extra":{"n":[@{},@0]}')
    yield _event("empty texts in a list", m + '"extra":{"n":[@"",@0]}')
    yield _named("tags")
    yield _named("extra")
    yield _event("tags as pairs", m + '"tags":[@["a","b"],@["a","b"]]')
    yield _event("frames", '"exception":[{"type":"E","stacktrace":{"frames":[@{"lineno":1},@{}]}}]')
    yield _event("exceptions", '"exception":[@{"type":"E"},@{"type":"E"}]')
    yield _event("crumbs", m + '"breadcrumbs":[@{"message":"c"},@{}]')
    yield _event("threads", m + '"threads":[@{"id":1},@{}]')
    yield _event("images", m + '"debug_meta":{"images":[@{"type":"x"},@{}]}')
    yield _event("fingerprints", m + '"fingerprint":[@"f",@"f"]')
    yield _event("parameters", '"logentry":{"message":"@%s@","params":["p"]}')
    yield _event("escapes of NUL", r'"message":"@\u0000@"')
    yield _event("halves of pairs", r'"message":"@\ud800@"')
    yield _event("backslashes", r'"message":"@\\@"')
    yield _event("numbers of 4,000 digits", m + '"extra":{"n":[@' + "9" * 4_000 + ",@0]}")
    for name, text in _TEXTS.items():
        said = json.dumps((text * 8_000)[:8_000])
        yield _event(f"texts of {name}", f'"message":{said},"extra":{_many(text)}')
    yield Hostile("100 events", b"{}\n" + _item(b'{"message":"%b"}' % (b"x" * 10_000)) * 100)
    yield Hostile("events of nothing", b"{}\n" + b'{"type":"event"}\n{}\n' * 50_000)
    yield Hostile("items", b"{}\n" + b'{"type":"x"}\n{}\n' * 60_000)
    yield Hostile("what was let go of", b"{}\n" + _item(_let_go_of(), b"client_report"))
    yield Hostile("lines", b"{}\n" + b"\n" * (_SENT - 10))
    yield from _bombs()
    yield from _exported()


def _named(what: str) -> Hostile:
    names = ",".join(f'"{number:x}":0' for number in range(90_000))
    return _event(
        f"names in {what}", f'"message":"m","{what}":{{{names[: _EVENT - 200].rpartition(",")[0]}}}'
    )


# What expressions may go back over; each is filled up to as much as is kept of a text.
_TEXTS: Mapping[str, str] = {
    "words of secrets": "password: ",
    "quotes": "\"'`",
    "brackets": "[{(",
    "JSON in JSON": '{"a":',
    "paths": "/a.b/c ",
    "dots": "a.",
    "at signs": "a@",
    "colons": "a:0:",
    "digits": "4111 ",
    "blanks": " ",
    "dashes": "a-",
    "slashes": "\\\\a\\",
    "equals": "a=b&",
}


def _many(text: str) -> str:
    return json.dumps({f"k{number}": (text * 500)[:500] for number in range(500)})


def _item(payload: bytes, type_: bytes = b"event") -> bytes:
    return b'{"type":"%b","length":%d}\n%b\n' % (type_, len(payload), payload)


def _let_go_of() -> bytes:
    one = {"reason": "r", "category": "error", "quantity": 1}
    return json.dumps({"discarded_events": [one] * (_EVENT // 60)}).encode()


_PACKING: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda body: zlib.compress(body, 9, wbits=31),
    "deflate": lambda body: zlib.compress(body, 9),
    "br": lambda body: brotli.compress(body, quality=5),
    "zstd": lambda body: zstd.compress(body, 3),
}


def _bombs() -> Iterator[Hostile]:
    whole = b'{}\n{"type":"attachment"}\n' + b"x" * (_UNPACKED - 100)
    for encoding, pack in _PACKING.items():
        yield Hostile(f"300 MB of nothing as {encoding}", pack(bytes(300_000_000)), encoding)
        yield Hostile(f"all that is unpacked, as {encoding}", pack(whole), encoding)
    yield Hostile("gzip, part by part", _PACKING["gzip"](b"") * (_SENT // 20), "gzip")
    yield Hostile("zstd, part by part", _PACKING["zstd"](b"") * (_SENT // 9), "zstd")
    store = _PACKING["deflate"](bytes(50_000_000))
    yield Hostile("50 MB of nothing in an old event", store, door="store")


def _exported() -> Iterator[Hostile]:
    """Yield what OpenTelemetry would not export."""
    wire, json_ = "application/x-protobuf", "application/json"
    for name, record in _RECORDS.items():
        one, written = json.dumps(record).encode(), ParseDict(record, LogRecord())
        many = b",".join([one] * ((_EVENT - 100) // (len(one) + 1)))
        logs = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[%b]}]}]}' % many
        yield Hostile(f"{name}, in JSON", _packed(logs), "gzip", "/v1/logs", json_)
        part = b"\x12" + _sized(written.SerializeToString())
        logs = b"\x0a" + _sized(b"\x12" + _sized(part * min(29_000, (_UNPACKED - 20) // len(part))))
        yield Hostile(f"{name}, in protobuf", _packed(logs), "gzip", "/v1/logs", wire)
    many = b"\x0a" + _sized(b"\x12" + _sized(b"\x12\x00" * (_UNPACKED // 2 - 20)))
    yield Hostile("more records than are read", _packed(many), "gzip", "/v1/logs", wire)
    deep = b""
    while len(deep) < 500_000:
        deep = b"\x0a" + _sized(deep)
    yield Hostile("protobuf, deep", deep, None, "/v1/traces", wire)


def _record(stack: str) -> dict[str, object]:
    said = {"exception.type": "E", "exception.message": "m", "exception.stacktrace": stack}
    attributes = [{"key": name, "value": {"stringValue": text}} for name, text in said.items()]
    return {"severityNumber": 17, "attributes": attributes}


_RECORDS: Mapping[str, dict[str, object]] = {
    "records of nothing": {},
    "records of errors": {"severityNumber": 17, "body": {"stringValue": "failed"}},
    "stacks of Python": _record('Traceback\n  File "a", line 1, in b\n' * 500),
    "stacks of blanks": _record(" " * 30_000),
    "stacks of at": _record("at " * 10_000),
    "stacks of short lines": _record("a(b)\n" * 1_000),
    "stacks of Caused by": _record("Caused by: a.b: c\n" * 2_000),
}


def _packed(body: bytes) -> bytes:
    return _PACKING["gzip"](body)


def _sized(body: bytes) -> bytes:
    """Return a part of protobuf's with its length before it."""
    left, said = len(body), bytearray()
    while left > 0x7F:
        said.append(left & 0x7F | 0x80)
        left >>= 7
    said.append(left)
    return bytes(said) + body


if __name__ == "__main__":
    main()
