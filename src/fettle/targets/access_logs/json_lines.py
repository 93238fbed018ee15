"""The formats of access logs that are JSON, one object a line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from fettle.targets.access_logs.formats import Row

_Any = Any  # a value may be a text or a number: who writes it decides


class _CaddyRequest(msgspec.Struct):
    method: str = ""
    uri: str = ""


class _Caddy(msgspec.Struct):
    ts: _Any
    request: _CaddyRequest
    status: int
    duration: _Any = None


class _Traefik(msgspec.Struct, rename="pascal"):
    request_method: str
    request_path: str
    downstream_status: int
    duration: _Any = None
    start_utc: _Any = msgspec.field(default=None, name="StartUTC")
    time: _Any = msgspec.field(default=None, name="time")


class _Envoy(msgspec.Struct):
    start_time: _Any
    method: str
    path: str
    response_code: int
    duration: _Any = None


class _VercelProxy(msgspec.Struct, rename="camel"):
    timestamp: _Any
    method: str
    path: str
    status_code: int


class _Vercel(msgspec.Struct):
    proxy: _VercelProxy


class _PinoRequest(msgspec.Struct):
    method: str
    url: str


class _PinoResponse(msgspec.Struct, rename="camel"):
    status_code: int


class _Pino(msgspec.Struct, rename="camel"):
    time: _Any
    req: _PinoRequest
    res: _PinoResponse
    response_time: _Any = None


class _Flat(msgspec.Struct):
    """What people name the variables of nginx, Apache or HAProxy when they write JSON of them."""

    status: _Any = None
    status_code: _Any = None
    time: _Any = None
    time_iso8601: _Any = None
    time_local: _Any = None
    timestamp: _Any = None
    at_timestamp: _Any = msgspec.field(default=None, name="@timestamp")
    ts: _Any = None
    msec: _Any = None
    method: str | None = None
    request_method: str | None = None
    request: str | None = None
    request_uri: str | None = None
    uri: str | None = None
    url: str | None = None
    path: str | None = None
    request_time: _Any = None
    upstream_response_time: _Any = None
    duration_ms: _Any = None
    latency_ms: _Any = None


def _of_caddy(told: _Caddy) -> Row:
    took = told.duration
    return told.ts, _request(told.request.method, told.request.uri), told.status, took


def _of_traefik(told: _Traefik) -> Row:
    when = told.start_utc or told.time
    request = _request(told.request_method, told.request_path)
    return when, request, told.downstream_status, told.duration


def _of_envoy(told: _Envoy) -> Row:
    return told.start_time, _request(told.method, told.path), told.response_code, told.duration


def _of_vercel(told: _Vercel) -> Row:
    proxy = told.proxy
    return proxy.timestamp, _request(proxy.method, proxy.path), proxy.status_code, None


def _of_pino(told: _Pino) -> Row:
    request = _request(told.req.method, told.req.url)
    return told.time, request, told.res.status_code, told.response_time


def _of_flat(told: _Flat) -> Row:
    times = (told.time_iso8601, told.time_local, told.at_timestamp, told.timestamp)
    when = next((one for one in (*times, told.time, told.ts, told.msec) if one), None)
    status = told.status if told.status is not None else told.status_code
    return when, _flat_request(told), status, _flat_took(told)


def _flat_request(told: _Flat) -> str:
    target = told.request_uri or told.uri or told.path or told.url
    method = told.request_method or told.method
    if target and method:
        return _request(method, target)
    return _request(*told.request.split(" ")[:2]) if told.request and " " in told.request else ""


def _flat_took(told: _Flat) -> object:
    """Return the seconds that a request took, by the names whose unit is beyond doubt."""
    if told.request_time is not None:
        return told.request_time
    for thousandths in (told.duration_ms, told.latency_ms):
        if isinstance(thousandths, int | float):
            return thousandths / 1000
    return told.upstream_response_time


def _request(method: str, target: str) -> str:
    return f"{method} {target.partition('?')[0]}"


@dataclass(frozen=True)
class Json:
    """Objects of one kind; implements formats.Format."""

    name: str
    decoder: msgspec.json.Decoder[Any]
    read: Callable[[Any], Row]
    parts: float
    timed: bool = True

    def rows(self, block: bytes) -> Sequence[Row]:
        """See formats.Format.rows."""
        try:
            told = self.decoder.decode_lines(block)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return ()
        read = self.read
        rows = [row for one in told if (row := read(one))[1]]
        return rows if len(rows) == len(told) else ()

    def left(self, block: bytes) -> Sequence[bytes]:
        """See formats.Format.left; rows are told of all lines or of none."""
        return [] if self.rows(block) else [line for line in block.split(b"\n") if line.strip()]

    def row(self, line: bytes) -> Row | None:
        """See formats.Format.row."""
        try:
            row = self.read(self.decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return row if row[1] else None


def _json(
    name: str, kind: type, read: Callable[[Any], Row], parts: float = 1, *, timed: bool = True
) -> Json:
    return Json(name, msgspec.json.Decoder(kind), read, parts, timed)


_KINDS = (
    _json("JSON of Caddy", _Caddy, _of_caddy),
    _json("JSON of Traefik", _Traefik, _of_traefik, 1e9),
    _json("JSON of Envoy", _Envoy, _of_envoy, 1e3),
    _json("JSON of Vercel's drains", _Vercel, _of_vercel, timed=False),
    _json("JSON of pino", _Pino, _of_pino, 1e3),
    _json("JSON", _Flat, _of_flat),
)


def json_of(lines: Sequence[bytes]) -> Json | None:
    """Return the kind that most of the lines that are JSON are of; None when it is none of them."""
    best, most = None, 0
    for kind in _KINDS:
        rows = [row for line in lines if (row := kind.row(line)) is not None]
        usable = sum(row[0] is not None and row[2] is not None for row in rows)
        if usable > most:
            best, most = kind, usable
    return best
